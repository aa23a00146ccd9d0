// Matching the indices of a call with those of its definition.
#pragma once

#include "frontend/expand/Arguments.h"
#include "frontend/expand/Definitions.h"

#include <map>

namespace tl::expand {

/// Which variables of the caller the indices of a definition are, in one call.
struct Matching {
  std::map<std::string, std::string>
      variables;                  ///< by index of the definition; one that nothing says is missing
  std::vector<std::string> group; ///< the caller's variables at `...`
  std::vector<Argument> arguments;
  std::vector<std::vector<std::string>> groups; ///< per argument: `group` in the argument's own order
};

/// Matches by position where an argument is one read, then by elimination, then by the left sides (none for a
/// call inside an expression; else one per result). Reports and gives nothing when the indices do not fit.
std::optional<Matching> match(const Definition &definition, const ast::Call &call,
                              const std::vector<const ast::Head *> &lefts,
                              source::DiagnosticEngine &diagnostics);

} // namespace tl::expand
