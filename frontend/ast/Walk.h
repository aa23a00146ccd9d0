// The parts of expressions and statements, one level at a time.
#pragma once

#include "frontend/ast/Ast.h"

namespace tl::ast {

/// The variable that stands alone in an index position; null for anything else.
inline const std::string *variableOf(const Index &index) {
  const auto *variable = index.expr ? std::get_if<Variable>(&index.expr->node) : nullptr;
  return variable ? &variable->name : nullptr;
}

/// Calls `visit(ExprPtr &, bool isIndex)` on every expression of the index positions.
template <typename Indices, typename Visit> void forEachIndexPart(Indices &indices, const Visit &visit) {
  for (auto &index : indices)
    for (auto *part : {&index.expr, &index.begin, &index.end, &index.step})
      if (*part)
        visit(*part, true);
}

/// Calls `visit(ExprPtr &, bool isIndex)` on every expression directly inside `expr`.
template <typename ExprType, typename Visit> void forEachPart(ExprType &expr, const Visit &visit) {
  if (auto *access = std::get_if<Access>(&expr.node)) {
    forEachIndexPart(access->indices, visit);
  } else if (auto *call = std::get_if<Call>(&expr.node)) {
    for (auto &argument : call->arguments)
      visit(argument, false);
    for (auto &option : call->named)
      visit(option.value, false);
  } else if (auto *reduction = std::get_if<Reduction>(&expr.node)) {
    visit(reduction->body, false);
  } else if (auto *negation = std::get_if<Negation>(&expr.node)) {
    visit(negation->operand, false);
  } else if (auto *sum = std::get_if<Sum>(&expr.node)) {
    for (auto &term : sum->terms)
      visit(term.expr, false);
  } else if (auto *product = std::get_if<Product>(&expr.node)) {
    for (auto &factor : product->factors)
      visit(factor.expr, false);
  } else if (auto *power = std::get_if<Power>(&expr.node)) {
    visit(power->base, false);
    visit(power->exponent, false);
  } else if (auto *comparison = std::get_if<Comparison>(&expr.node)) {
    visit(comparison->lhs, false);
    visit(comparison->rhs, false);
  } else if (auto *negated = std::get_if<Not>(&expr.node)) {
    visit(negated->operand, false);
  }
}

/// Calls `visit(ExprPtr &)` on every outermost expression of an equation, a rule or a call with several
/// results, those of its left side included.
template <typename StatementType, typename Visit>
void forEachExpression(StatementType &statement, const Visit &visit) {
  auto position = [&](auto &expr, bool) { visit(expr); };
  if (auto *equation = std::get_if<Equation>(&statement.node)) {
    forEachIndexPart(equation->head.indices, position);
    visit(equation->value);
    for (auto &guard : equation->guards)
      visit(guard);
  } else if (auto *rule = std::get_if<Rule>(&statement.node)) {
    forEachIndexPart(rule->head.indices, position);
    for (auto &literal : rule->body)
      visit(literal);
  } else if (auto *assign = std::get_if<MultiAssign>(&statement.node)) {
    for (auto &head : assign->heads)
      forEachIndexPart(head.indices, position);
    visit(assign->value);
  }
}

} // namespace tl::ast
