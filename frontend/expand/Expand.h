// Definitions away: a program without `def`, without calls of definitions and without `import`.
#pragma once

#include "frontend/expand/Module.h"
#include "frontend/source/Diagnostic.h"

#include <cstddef>
#include <optional>

namespace tl::expand {

/// The most equations that definitions may expand to; of a program that is only tried out, fewer.
inline constexpr std::size_t kMostStatements = 100'000, kMostStatementsTried = 2'000;

/// Replaces every call of a definition by fresh tensors and the definition's equations over them.
/// `modules[0]` is the program; of the others only definitions and constants count. Each expansion gets a
/// file number of its own in `sources`, so that messages about it show the call too. Empty when something was
/// reported.
std::optional<ast::Program> expand(std::vector<Module> modules, source::SourceManager &sources,
                                   source::DiagnosticEngine &diagnostics,
                                   std::size_t mostStatements = kMostStatements);

} // namespace tl::expand
