// Probabilistic facts as possible worlds.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

namespace tl::expand {

/// Replaces probabilistic facts. Each holds or not, independently of the others, so n of them make 2^n
/// worlds: relations that depend on them get the world as a first column, and what equations and queries in
/// brackets read of them is their probability, the sum of the weights of the worlds in which a row holds.
/// Queries in parentheses give the rows that hold in some world. Only facts that a query needs make worlds.
/// False when something was reported.
bool expandWorlds(ast::Program &program, source::DiagnosticEngine &diagnostics);

} // namespace tl::expand
