// C functions: their arguments as tensors over all indices, then one op.
#include "frontend/emit/Emitter.h"

namespace tl::emit {

using sema::Expr;
using sema::VariableId;

/// One argument of a C function over `axes`.
mlir::Value Emitter::externalOperand(EquationScope &scope, const Expr &operand,
                                     const std::vector<VariableId> &axes, mlir::RankedTensorType type) {
  mlir::Location place = location(operand.range);
  mlir::Operation *op = open(true, sema::Monoid::Add, empty(sema::Monoid::Add, type, place), place);
  auto outer = scope.variables;
  declare(scope, axes);
  conditions(scope);
  mlir::Value value = convert(scalar(scope, operand), type.getElementType(), place);
  llvm::SmallVector<mlir::Value> indices;
  for (VariableId axis : axes)
    indices.push_back(scope.variables.at(axis).value);
  ir::YieldOp::create(builder, place, value, indices,
                      mlir::AffineMapAttr::get(builder.getMultiDimIdentityMap(indices.size())));
  close(op);
  scope.variables = std::move(outer);
  return op->getResult(0);
}

Materialized Emitter::external(EquationScope &scope, const Expr &expr) {
  for (const sema::ExprPtr &operand : expr.operands)
    materialize(scope, *operand);
  const std::set<VariableId> free = sema::freeVariables(expr);
  Materialized result;
  result.axes = unbound(scope, std::vector<VariableId>(free.begin(), free.end()));
  llvm::SmallVector<std::int64_t> shape;
  for (VariableId axis : result.axes)
    shape.push_back(std::max<std::int64_t>(0, scope.equation.variables[axis].upper.value_or(0)));
  const auto type = mlir::RankedTensorType::get(shape, builder.getF64Type());
  llvm::SmallVector<mlir::Value> operands;
  for (const sema::ExprPtr &operand : expr.operands)
    operands.push_back(externalOperand(scope, *operand, result.axes, type));
  const sema::ExternalFunction &function = *program.findExternal(expr.function);
  result.tensor = ir::ExternalOp::create(builder, location(expr.range), type, function.name, function.library,
                                         function.symbol, operands);
  return result;
}

} // namespace tl::emit
