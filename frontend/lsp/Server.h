// A language server: what an editor asks about programs.
#pragma once

#include "frontend/driver/Options.h"

#include <cstdio>

namespace llvm {
class raw_ostream;
}

namespace tl::lsp {

/// Answers the language server protocol from `in` to `out` until the editor says `exit` or the input ends.
/// `options` are those of every check. Returns the exit code that the protocol asks for: 0 after a
/// `shutdown`, else 1.
int serve(std::FILE *in, llvm::raw_ostream &out, const driver::Options &options);

} // namespace tl::lsp
