// Definitions away: a program without `def`, without calls of definitions and without `import`.
#pragma once

#include "frontend/expand/Module.h"
#include "frontend/source/Diagnostic.h"

#include <optional>

namespace tl::expand {

/// Replaces every call of a definition by fresh tensors and the definition's equations over them.
/// `modules[0]` is the program; of the others only definitions and constants count. Each expansion gets a
/// file number of its own in `sources`, so that messages about it show the call too. Empty when something was
/// reported. `isTrial`: the program is one of many that are tried out, and a large one is not worth it.
std::optional<ast::Program> expand(std::vector<Module> modules, source::SourceManager &sources,
                                   source::DiagnosticEngine &diagnostics, bool isTrial = false);

} // namespace tl::expand
