// Draws inside a comprehension.
#include "frontend/emit/Emitter.h"

#include "runtime/Random.h"

namespace tl::emit {

/// The left variables that tell draws apart, symbols by their text.
llvm::SmallVector<mlir::Value> Emitter::drawCoordinates(EquationScope &scope, const sema::Expr &expr) {
  mlir::Location place = location(expr.range);
  mlir::Type i64 = builder.getI64Type();
  llvm::SmallVector<mlir::Value> coordinates;
  for (sema::VariableId id : expr.variables) {
    const sema::Variable &variable = scope.equation.variables[id];
    const BoundVariable bound = scope.variables.at(id);
    auto keys = variable.hasClass ? symbolKeys.find(variable.axisClass) : symbolKeys.end();
    if (keys != symbolKeys.end()) {
      llvm::SmallVector<mlir::Value> operands;
      mlir::AffineExpr index = operandExpr(bound, operands);
      coordinates.push_back(ir::AtOp::create(builder, place, i64, keys->second, operands,
                                             mlir::AffineMap::get(1, 0, index), false));
      continue;
    }
    mlir::Value value = convert(bound.value, i64, place);
    if (bound.offset != 0) {
      mlir::Value offset = ir::NumberOp::create(builder, place, i64, builder.getI64IntegerAttr(bound.offset));
      value = ir::ApplyOp::create(builder, place, i64, "add", mlir::ValueRange{value, offset});
    }
    coordinates.push_back(value);
  }
  return coordinates;
}

/// As runtime::drawPlace counts: coordinates beyond the last two make the key. In a step of learning the step
/// and its statement are the first two.
mlir::Value Emitter::draw(EquationScope &scope, const sema::Expr &expr) {
  mlir::Location place = location(expr.range);
  mlir::Type i64 = builder.getI64Type(), real = scope.realType;
  auto integer = [&](std::uint64_t value) -> mlir::Value {
    return ir::NumberOp::create(builder, place, i64,
                                builder.getI64IntegerAttr(static_cast<std::int64_t>(value)));
  };
  auto apply = [&](llvm::StringRef primitive, mlir::Type type, mlir::ValueRange operands) -> mlir::Value {
    return ir::ApplyOp::create(builder, place, type, primitive, operands);
  };
  const std::string &name = program.tensors[expr.tensor].name;
  mlir::Value key = integer(runtime::drawKey(options.seed, name, static_cast<std::uint64_t>(expr.integer)));
  if (drawStep) {
    mlir::Value step = ir::AtOp::create(builder, place, i64, drawStep, mlir::ValueRange(),
                                        mlir::AffineMap::get(0, 0, &context), false);
    key = apply("philox", i64, {key, step, integer(*options.drawsOf)});
  }
  llvm::SmallVector<mlir::Value> left = drawCoordinates(scope, expr);
  llvm::ArrayRef<mlir::Value> coordinates = left;
  for (; coordinates.size() > 2; coordinates = coordinates.drop_front(2))
    key = apply("philox", i64, {key, coordinates[0], coordinates[1]});
  mlir::Value first = coordinates.empty() ? integer(0) : coordinates[0];
  mlir::Value second = coordinates.size() < 2 ? integer(0) : coordinates[1];
  mlir::Value drawn = apply(expr.function == "normal" ? "normal" : "uniform", real, {key, first, second});
  if (expr.operands.empty())
    return drawn;
  mlir::Value parameter = convert(scalar(scope, *expr.operands[0]), real, place);
  if (expr.function == "bernoulli")
    return convert(apply("lt", builder.getI1Type(), {drawn, parameter}), scalarType(scope, expr.type), place);
  mlir::Value spread = convert(scalar(scope, *expr.operands[1]), real, place);
  if (expr.function == "uniform")
    spread = apply("sub", real, {spread, parameter});
  return apply("add", real, {parameter, apply("mul", real, {spread, drawn})});
}

} // namespace tl::emit
