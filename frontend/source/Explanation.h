// What every diagnostic means, with an example.
#pragma once

#include "frontend/source/Diagnostic.h"

namespace tl::source {

/// One row of Explanations.def, with the row of Diagnostics.def it explains. In `wrong`, `{1001 x (}` stands
/// for that many characters and `{byte E9}` for that byte.
struct Explanation {
  DiagnosticId id;
  std::string_view name;
  std::string_view summary;
  std::string_view cause;
  std::string_view wrong;
  std::string_view right;
};

/// All of them, in the order of Diagnostics.def.
std::vector<Explanation> explanations();

} // namespace tl::source
