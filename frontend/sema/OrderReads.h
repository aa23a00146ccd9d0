// Every expression and index of an equation, wherever it stands.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <functional>

namespace tl::sema {

/// What encloses an expression.
struct ExprContext {
  bool isNegated = false;             ///< under `not`
  std::vector<VariableId> normalized; ///< variables of enclosing softmax and the like
};

/// Calls `visit` for every expression of the equation: terms, guards, and values that stand as an index.
/// Outer ones first.
void visitExprs(Equation &equation, const std::function<void(Expr &, const ExprContext &)> &visit);

/// Calls `visit` for every index expression of the equation: heads, reads, index values, bindings.
void visitIndices(Equation &equation, const std::function<void(IndexExpr &)> &visit);

/// Whether the expression reads a tensor.
bool readsTensor(const Expr &expr);

} // namespace tl::sema
