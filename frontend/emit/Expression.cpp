// Scalar expressions and index expressions inside a comprehension.
#include "frontend/emit/Emitter.h"

#include "ir/tl/TlTypes.h"
#include "runtime/Primitives.h"

namespace tl::emit {

using sema::Expr;
using sema::IndexExpr;
using sema::ValueType;

mlir::Type Emitter::scalarType(const EquationScope &scope, ValueType type) {
  switch (type) {
  case ValueType::Bool:
    return builder.getI1Type();
  case ValueType::Integer:
    return builder.getI64Type();
  case ValueType::Real:
    return scope.realType;
  }
  llvm_unreachable("every type is handled");
}

mlir::Value Emitter::convert(mlir::Value value, mlir::Type type, mlir::Location place) {
  if (value.getType() == type)
    return value;
  return ir::CastOp::create(builder, place, type, value);
}

/// A number is true where it is above 0, as for a numeric tensor used as a literal; a cast to i1 would ask
/// for non-zero.
mlir::Value Emitter::truth(mlir::Value value, mlir::Location place) {
  mlir::Type type = value.getType();
  if (type.isInteger(1))
    return value;
  mlir::TypedAttr nothing = builder.getZeroAttr(type);
  mlir::Value zero = ir::NumberOp::create(builder, place, type, nothing);
  return ir::ApplyOp::create(builder, place, builder.getI1Type(), "gt", mlir::ValueRange{value, zero});
}

mlir::AffineExpr operandExpr(BoundVariable bound, llvm::SmallVectorImpl<mlir::Value> &operands) {
  auto *found = llvm::find(operands, bound.value);
  unsigned position = found - operands.begin();
  if (found == operands.end())
    operands.push_back(bound.value);
  return mlir::getAffineDimExpr(position, bound.value.getContext()) + bound.offset;
}

mlir::AffineExpr Emitter::affine(EquationScope &scope, const IndexExpr &index,
                                 llvm::SmallVectorImpl<mlir::Value> &operands) {
  mlir::AffineExpr result = mlir::getAffineConstantExpr(index.constant, &context);
  if (index.kind == IndexExpr::Kind::Value) {
    mlir::Location place = location(index.range);
    mlir::Value value = convert(scalar(scope, *index.value), builder.getI64Type(), place);
    result = operandExpr({convert(value, builder.getIndexType(), place)}, operands);
  }
  for (const sema::AffineTerm &term : index.terms) {
    assert(scope.variables.count(term.variable) && "an index mentions a variable that is not bound here");
    result = result + operandExpr(scope.variables.at(term.variable), operands) * term.coefficient;
  }
  if (index.divisor != 1)
    result = result.floorDiv(index.divisor);
  if (index.modulus != 0)
    result = result % index.modulus;
  return result;
}

Coordinates Emitter::coordinates(EquationScope &scope, const std::vector<IndexExpr> &indices) {
  Coordinates place;
  llvm::SmallVector<mlir::AffineExpr> results;
  for (const IndexExpr &index : indices)
    results.push_back(affine(scope, index, place.operands));
  // What simplifies away (`t % 1`) is no operand: planning takes an operand for an index of the place.
  mlir::AffineMap map = mlir::AffineMap::get(place.operands.size(), 0, results, &context);
  const llvm::SmallBitVector unused = mlir::getUnusedDimsBitVector({map});
  place.map = mlir::compressDims(map, unused);
  llvm::SmallVector<mlir::Value> kept;
  for (auto [number, operand] : llvm::enumerate(place.operands))
    if (!unused.test(number))
      kept.push_back(operand);
  place.operands = std::move(kept);
  return place;
}

mlir::Value Emitter::indexValue(EquationScope &scope, const IndexExpr &index) {
  mlir::Location place = location(index.range);
  if (index.kind == IndexExpr::Kind::Value && index.divisor == 1 && index.modulus == 0)
    return convert(scalar(scope, *index.value), builder.getI64Type(), place);
  mlir::Type i64 = builder.getI64Type();
  auto constant = [&](std::int64_t value) -> mlir::Value {
    return ir::NumberOp::create(builder, place, i64, builder.getI64IntegerAttr(value));
  };
  auto compute = [&](llvm::StringRef primitive, mlir::Value lhs, mlir::Value rhs) -> mlir::Value {
    return ir::ApplyOp::create(builder, place, i64, primitive, mlir::ValueRange{lhs, rhs});
  };
  mlir::Value sum;
  auto addTerm = [&](mlir::Value term) { sum = sum ? compute("add", sum, term) : term; };
  std::int64_t offset = index.constant;
  if (index.kind == IndexExpr::Kind::Value)
    addTerm(convert(scalar(scope, *index.value), i64, place));
  for (const sema::AffineTerm &term : index.terms) {
    BoundVariable bound = scope.variables.at(term.variable);
    mlir::Value variable = convert(bound.value, i64, place);
    addTerm(term.coefficient == 1 ? variable : compute("mul", variable, constant(term.coefficient)));
    offset += term.coefficient * bound.offset;
  }
  if (!sum || offset != 0)
    addTerm(constant(offset));
  if (index.divisor != 1)
    sum = compute("floordiv", sum, constant(index.divisor));
  if (index.modulus != 0)
    sum = compute("mod", sum, constant(index.modulus));
  return sum;
}

mlir::Value Emitter::number(EquationScope &scope, const Expr &expr) {
  mlir::Type type = scalarType(scope, expr.type);
  mlir::TypedAttr value;
  if (expr.type == ValueType::Real)
    value = builder.getFloatAttr(type, expr.number);
  else
    value = builder.getIntegerAttr(type, expr.type == ValueType::Bool ? expr.number != 0 : expr.integer);
  return ir::NumberOp::create(builder, location(expr.range), type, value);
}

/// Whether a read of the equation's own component can be past the end of an axis of `extent` elements.
static bool canPassEnd(const sema::Equation &equation, const IndexExpr &index, std::int64_t extent) {
  if (!index.isSelfRead)
    return false;
  std::int64_t largest = index.constant;
  for (const sema::AffineTerm &term : index.terms) {
    const sema::Variable &variable = equation.variables[term.variable];
    std::optional<std::int64_t> extreme = variable.lower;
    if (term.coefficient > 0)
      extreme = variable.upper ? std::optional(*variable.upper - 1) : std::nullopt;
    if (!extreme || index.kind == IndexExpr::Kind::Value)
      return true;
    largest += term.coefficient * *extreme;
  }
  return largest / index.divisor >= extent && index.modulus == 0;
}

mlir::Value Emitter::element(EquationScope &scope, const Expr &expr) {
  mlir::Value tensor = valueRead(scope, expr);
  Coordinates at = coordinates(scope, expr.indices);
  bool isSelfRead = false;
  for (std::size_t axis = 0; axis < expr.indices.size(); ++axis)
    isSelfRead |=
        canPassEnd(scope.equation, expr.indices[axis], ir::denseType(tensor.getType()).getDimSize(axis));
  mlir::Type stored = ir::denseType(tensor.getType()).getElementType();
  mlir::Location place = location(expr.range);
  // A partial tensor's absent elements always drop the term; only totals have a default to read past the end.
  bool defaulted = isSelfRead && !ir::isPartial(tensor.getType());
  mlir::Value value = ir::AtOp::create(builder, place, stored, tensor, at.operands, at.map, defaulted);
  return convert(value, scalarType(scope, expr.type), place);
}

/// The common type in which operands are compared: real when one is, else integer, else Boolean.
static ValueType widest(const Expr &expr) {
  ValueType type = ValueType::Bool;
  for (const sema::ExprPtr &operand : expr.operands)
    type = std::max(type, operand->type);
  return type;
}

mlir::Value Emitter::apply(EquationScope &scope, const Expr &expr) {
  mlir::Location place = location(expr.range);
  std::optional<runtime::Primitive> primitive = runtime::findPrimitive(expr.function);
  assert(primitive && "checking admits only primitives");
  mlir::Type result = scalarType(scope, expr.type);
  mlir::Type operandType = result;
  switch (runtime::rule(*primitive)) {
  case runtime::PrimitiveRule::Compare:
    operandType = scalarType(scope, widest(expr));
    break;
  case runtime::PrimitiveRule::Logic:
    operandType = builder.getI1Type();
    break;
  case runtime::PrimitiveRule::Same:
  case runtime::PrimitiveRule::Real:
  case runtime::PrimitiveRule::Select:
  case runtime::PrimitiveRule::Key:
  case runtime::PrimitiveRule::Draw:
    break;
  }
  llvm::SmallVector<mlir::Value> operands;
  for (const sema::ExprPtr &operand : expr.operands) {
    bool isCondition = operands.empty() && runtime::rule(*primitive) == runtime::PrimitiveRule::Select;
    operands.push_back(
        convert(scalar(scope, *operand), isCondition ? builder.getI1Type() : operandType, place));
  }
  return ir::ApplyOp::create(builder, place, result, expr.function, operands);
}

void Emitter::literal(EquationScope &scope, const Expr &expr, bool negated) {
  Coordinates at = coordinates(scope, expr.indices);
  ir::LiteralOp::create(builder, location(expr.range), valueRead(scope, expr), at.operands, at.map, negated);
}

/// Row-major over the whole extents of `variables`, the first one slowest.
Coordinates Emitter::flattened(const EquationScope &scope, const std::vector<sema::VariableId> &variables) {
  Coordinates at;
  mlir::AffineExpr position = mlir::getAffineConstantExpr(0, &context);
  for (sema::VariableId id : variables) {
    const sema::Variable &variable = scope.equation.variables[id];
    std::int64_t extent =
        variable.hasClass ? program.classes[variable.axisClass].extent : variable.upper.value_or(0);
    position = position * std::max<std::int64_t>(extent, variable.upper.value_or(0)) +
               operandExpr(scope.variables.at(id), at.operands);
  }
  at.map = mlir::AffineMap::get(at.operands.size(), 0, position);
  return at;
}

mlir::Value Emitter::project(EquationScope &scope, const Projected &projected) {
  auto [place, kind, valueType, variables, operand] = projected;
  bool isPosition = kind == ir::Projection::ArgMax || kind == ir::Projection::ArgMin;
  bool isTruth = kind == ir::Projection::Any || kind == ir::Projection::All;
  mlir::Type type =
      isPosition || kind == ir::Projection::Count ? builder.getI64Type() : scalarType(scope, valueType);
  auto op = ir::ProjectOp::create(builder, place, isTruth ? mlir::Type(builder.getI1Type()) : type, kind);
  mlir::OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToEnd(&op.getBody().emplaceBlock());
  auto outer = scope.variables;
  declare(scope, variables);
  guards(scope, guardsInside(scope, variables));
  mlir::Value value = scalar(scope, operand);
  if (isTruth)
    value = truth(value, place);
  else if (!isPosition && kind != ir::Projection::Count)
    value = convert(value, type, place);
  Coordinates at;
  mlir::AffineMapAttr map;
  if (isPosition && variables.size() > 1) {
    at = flattened(scope, variables);
    map = mlir::AffineMapAttr::get(at.map);
  }
  ir::YieldOp::create(builder, place, value, at.operands, map);
  scope.variables = std::move(outer);
  return op.getValue();
}

mlir::Value Emitter::scalar(EquationScope &scope, const Expr &expr) {
  mlir::Location place = location(expr.range);
  switch (expr.kind) {
  case Expr::Kind::Number:
    return number(scope, expr);
  case Expr::Kind::IndexValue:
    return convert(indexValue(scope, expr.index), scalarType(scope, expr.type), place);
  case Expr::Kind::Element:
    return element(scope, expr);
  case Expr::Kind::Test: {
    Coordinates at = coordinates(scope, expr.indices);
    mlir::Value holds =
        ir::TestOp::create(builder, place, builder.getI1Type(), valueRead(scope, expr), at.operands, at.map);
    return convert(holds, scalarType(scope, expr.type), place);
  }
  case Expr::Kind::Literal: {
    literal(scope, expr, false);
    mlir::Type type = scalarType(scope, expr.type);
    mlir::TypedAttr one = mlir::isa<mlir::FloatType>(type) ? mlir::TypedAttr(builder.getFloatAttr(type, 1.0))
                                                           : mlir::TypedAttr(builder.getIntegerAttr(type, 1));
    return ir::NumberOp::create(builder, place, type, one);
  }
  case Expr::Kind::Apply:
    return apply(scope, expr);
  case Expr::Kind::Project:
    return project(scope, {place, *ir::symbolizeProjection(expr.projection), expr.type, expr.variables,
                           *expr.operands[0]});
  case Expr::Kind::Matrix:
  case Expr::Kind::External:
    return convert(materialized(scope, expr), scalarType(scope, expr.type), place);
  case Expr::Kind::Normalize:
    return convert(normalized(scope, expr), scalarType(scope, expr.type), place);
  case Expr::Kind::Random:
    return draw(scope, expr);
  case Expr::Kind::Concat:
    break;
  }
  llvm_unreachable("concat is an equation per part");
}

} // namespace tl::emit
