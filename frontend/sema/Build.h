// Short ways to make checked expressions.
#pragma once

#include "frontend/sema/Functions.h"
#include "frontend/sema/TypedProgram.h"

#include <string>
#include <utility>

namespace tl::sema {

inline ExprPtr makeExpr(Expr::Kind kind, SourceRange range) {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->range = range;
  return expr;
}

inline ExprPtr makeInteger(std::int64_t value, SourceRange range) {
  ExprPtr expr = makeExpr(Expr::Kind::Number, range);
  expr->integer = value;
  expr->number = static_cast<double>(value);
  expr->type = ValueType::Integer;
  return expr;
}

inline ExprPtr makeReal(double value, SourceRange range) {
  ExprPtr expr = makeExpr(Expr::Kind::Number, range);
  expr->number = value;
  expr->type = ValueType::Real;
  return expr;
}

template <typename... Operands>
ExprPtr makeApply(std::string function, SourceRange range, Operands... operands) {
  ExprPtr expr = makeExpr(Expr::Kind::Apply, range);
  expr->function = std::move(function);
  (expr->operands.push_back(std::move(operands)), ...);
  return expr;
}

inline ExprPtr makeProject(std::string projection, std::vector<VariableId> variables, ExprPtr body) {
  ExprPtr expr = makeExpr(Expr::Kind::Project, body->range);
  expr->projection = std::move(projection);
  expr->variables = std::move(variables);
  expr->operands.push_back(std::move(body));
  return expr;
}

inline ExprPtr makeIndexValue(IndexExpr index) {
  ExprPtr expr = makeExpr(Expr::Kind::IndexValue, index.range);
  expr->index = std::move(index);
  return expr;
}

inline bool isApply(const Expr &expr, const char *function) {
  return expr.kind == Expr::Kind::Apply && expr.function == function;
}

/// `= != < <= > >=` as primitives: eq ne lt le gt ge.
inline bool isComparison(const Expr &expr) {
  return isApply(expr, "eq") || isApply(expr, "ne") || isApply(expr, "lt") || isApply(expr, "le") ||
         isApply(expr, "gt") || isApply(expr, "ge");
}

/// A comparison, a selection (topk and the like) or a bernoulli draw: true or false for every assignment.
inline bool isCondition(const Expr &expr) {
  bool isSelection = expr.kind == Expr::Kind::Normalize && isSelecting(expr.function);
  bool isDraw = expr.kind == Expr::Kind::Random && expr.function == "bernoulli";
  return isSelection || isDraw || isComparison(expr);
}

} // namespace tl::sema
