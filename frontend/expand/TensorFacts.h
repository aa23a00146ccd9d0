// Facts whose probabilities are the elements of a tensor.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

namespace tl::expand {

/// Replaces `P[x,y] :: Edge(x, y)` by one probabilistic fact for each element of P: `P[0,1] :: Edge(0, 1)`
/// and so on. Where numbers in the program define P and it is no parameter, an element that is 0 gives none.
/// False when something was reported.
bool expandTensorFacts(ast::Program &program, source::DiagnosticEngine &diagnostics);

} // namespace tl::expand
