// Visiting every expression of an equation, and the variables they mention.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <functional>
#include <set>

namespace tl::sema {

/// Calls `visit` on every index expression that stands directly in `expr`.
template <typename ExprType, typename Visit> void forEachIndex(ExprType &expr, const Visit &visit) {
  for (auto &index : expr.indices)
    visit(index);
  if (expr.virtualPosition)
    visit(*expr.virtualPosition);
  if (expr.kind == Expr::Kind::IndexValue)
    visit(expr.index);
}

/// Calls `visit` on `expr` and everything below it, values of index positions included, outside in.
template <typename ExprType, typename Visit> void walk(ExprType &expr, const Visit &visit) {
  visit(expr);
  forEachIndex(expr, [&](auto &index) {
    if (index.value)
      walk(*index.value, visit);
  });
  for (auto &operand : expr.operands)
    walk(*operand, visit);
}

template <typename GuardType, typename Visit> void walkGuard(GuardType &guard, const Visit &visit) {
  if (guard.expr)
    walk(*guard.expr, visit);
  if (guard.binding.value)
    walk(*guard.binding.value, visit);
  for (auto &part : guard.parts)
    walkGuard(part, visit);
}

/// Every expression of the equation: head values, terms with their literals, guards.
template <typename EquationType, typename Visit>
void walkEquation(EquationType &equation, const Visit &visit) {
  for (auto &index : equation.head)
    if (index.value)
      walk(*index.value, visit);
  for (auto &term : equation.terms) {
    for (auto &literal : term.literals)
      walkGuard(literal, visit);
    if (term.value)
      walk(*term.value, visit);
  }
  for (auto &guard : equation.guards)
    walkGuard(guard, visit);
}

/// Calls `visit` on every guard, the parts of `Exists` included, outside in.
template <typename Guards, typename Visit> void forEachGuard(Guards &guards, const Visit &visit) {
  for (auto &guard : guards) {
    visit(guard);
    forEachGuard(guard.parts, visit);
  }
}

/// Calls `visit` on every reference to a variable, wherever it stands.
void forEachVariable(Equation &equation, const std::function<void(VariableId &)> &visit);
/// Removes variables that nothing refers to, and numbers the others anew in their order.
void dropUnusedVariables(Equation &equation);

/// Puts variable `to` in the place of `from` everywhere in `expr`.
void renameVariable(Expr &expr, VariableId from, VariableId to);

/// The variables whose value the index depends on.
void addVariables(const IndexExpr &index, std::set<VariableId> &into);
/// Free variables: those a projection inside binds are left out.
std::set<VariableId> freeVariables(const Expr &expr);
std::set<VariableId> freeVariables(const Guard &guard);

} // namespace tl::sema
