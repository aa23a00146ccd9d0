// One compilation of a session.
#pragma once

#include "frontend/repl/Repl.h"

namespace tl::repl {

/// A compilation with what must outlive it.
struct Repl::Run {
  driver::Embedding embedding;
  std::unique_ptr<driver::Compilation> compilation;
};

} // namespace tl::repl
