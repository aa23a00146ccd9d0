// Deep copies of checked expressions and guards.
#include "frontend/sema/Clone.h"

namespace tl::sema {

std::vector<IndexExpr> clone(const std::vector<IndexExpr> &indices) {
  std::vector<IndexExpr> copies;
  copies.reserve(indices.size());
  for (const IndexExpr &index : indices)
    copies.push_back(clone(index));
  return copies;
}

IndexExpr clone(const IndexExpr &index) {
  IndexExpr copy;
  copy.kind = index.kind;
  copy.range = index.range;
  copy.terms = index.terms;
  copy.constant = index.constant;
  copy.divisor = index.divisor;
  copy.modulus = index.modulus;
  copy.symbol = index.symbol;
  copy.symbolClass = index.symbolClass;
  copy.value = index.value ? clone(*index.value) : nullptr;
  copy.isSelfRead = index.isSelfRead;
  copy.flattened = index.flattened;
  copy.flattenedAfter = index.flattenedAfter;
  copy.slice = index.slice;
  copy.sizeOf = index.sizeOf;
  return copy;
}

ExprPtr clone(const Expr &expr) {
  auto copy = std::make_unique<Expr>();
  copy->kind = expr.kind;
  copy->range = expr.range;
  copy->type = expr.type;
  copy->number = expr.number;
  copy->integer = expr.integer;
  copy->tensor = expr.tensor;
  copy->indices = clone(expr.indices);
  if (expr.virtualPosition)
    copy->virtualPosition = clone(*expr.virtualPosition);
  copy->index = clone(expr.index);
  copy->function = expr.function;
  for (const ExprPtr &operand : expr.operands)
    copy->operands.push_back(clone(*operand));
  copy->parameters = expr.parameters;
  copy->projection = expr.projection;
  copy->variables = expr.variables;
  copy->matrix = expr.matrix;
  return copy;
}

std::vector<Guard> clone(const std::vector<Guard> &guards) {
  std::vector<Guard> copies;
  copies.reserve(guards.size());
  for (const Guard &guard : guards)
    copies.push_back(clone(guard));
  return copies;
}

Guard clone(const Guard &guard) {
  Guard copy;
  copy.kind = guard.kind;
  copy.range = guard.range;
  copy.expr = guard.expr ? clone(*guard.expr) : nullptr;
  copy.variable = guard.variable;
  copy.binding = clone(guard.binding);
  copy.existential = guard.existential;
  copy.parts = clone(guard.parts);
  return copy;
}

} // namespace tl::sema
