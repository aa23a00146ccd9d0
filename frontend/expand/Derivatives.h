// Derivatives that equations read.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

namespace tl::expand {

/// The parser makes a read of `dLoss/dW[i]` one of a tensor called `dLoss/dW`. This adds, for each of them,
/// an equation that says what everything but the value of the derivative is like,
///   dLoss/dW[i] = W[i], Loss * 0 <= 0
/// so that its indices, extents and type are those of W, and it comes after both. Whoever computes equations
/// puts the derivative in its place. False when something was reported: a name that nothing else mentions.
bool expandDerivatives(ast::Program &program, source::DiagnosticEngine &diagnostics);

} // namespace tl::expand
