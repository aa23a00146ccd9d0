// Scalar arithmetic in the body of an equation.
#include "passes/derive/ScalarBuilder.h"

#include "ir/tl/TlOps.h"

namespace tl::passes {

using namespace mlir;

std::optional<double> constantReal(Value value) {
  // An integer of the text that stands among reals.
  if (auto convert = value.getDefiningOp<ir::CastOp>(); convert && isa<FloatType>(convert.getType())) {
    auto whole = convert.getOperand().getDefiningOp<ir::NumberOp>();
    auto integer = whole ? dyn_cast<IntegerAttr>(whole.getValue()) : IntegerAttr();
    return integer && integer.getType().isInteger(64) ? std::optional(static_cast<double>(integer.getInt()))
                                                      : std::nullopt;
  }
  auto number = value.getDefiningOp<ir::NumberOp>();
  auto real = number ? dyn_cast<FloatAttr>(number.getValue()) : FloatAttr();
  return real ? std::optional(real.getValueAsDouble()) : std::nullopt;
}

namespace {

bool isReal(Value value, double number) {
  return constantReal(value) == number;
}

} // namespace

Value ScalarBuilder::real(double value, Type type) {
  return ir::NumberOp::create(builder, location, type,
                              llvm::cast<TypedAttr>(Attribute(builder.getFloatAttr(type, value))));
}

Value ScalarBuilder::integer(std::int64_t value) {
  return ir::NumberOp::create(builder, location, builder.getI64Type(), builder.getI64IntegerAttr(value));
}

Value ScalarBuilder::apply(StringRef primitive, ValueRange operands) {
  return ir::ApplyOp::create(builder, location, operands.back().getType(), primitive, operands);
}

Value ScalarBuilder::add(Value lhs, Value rhs) {
  if (isReal(lhs, 0))
    return rhs;
  if (isReal(rhs, 0))
    return lhs;
  return apply("add", {lhs, rhs});
}

Value ScalarBuilder::subtract(Value lhs, Value rhs) {
  if (std::optional<double> a = constantReal(lhs), b = constantReal(rhs); a && b)
    return real(*a - *b, lhs.getType());
  return isReal(rhs, 0) ? lhs : apply("sub", {lhs, rhs});
}

Value ScalarBuilder::multiply(Value lhs, Value rhs) {
  if (std::optional<double> a = constantReal(lhs), b = constantReal(rhs); a && b)
    return real(*a * *b, lhs.getType());
  if (isReal(lhs, 1))
    return rhs;
  if (isReal(rhs, 1))
    return lhs;
  if (isReal(lhs, -1))
    return negate(rhs);
  if (isReal(rhs, -1))
    return negate(lhs);
  return apply("mul", {lhs, rhs});
}

Value ScalarBuilder::divide(Value lhs, Value rhs) {
  return isReal(rhs, 1) ? lhs : apply("div", {lhs, rhs});
}

Value ScalarBuilder::negate(Value value) {
  if (std::optional<double> number = constantReal(value))
    return real(-*number, value.getType());
  return apply("neg", value);
}

Value ScalarBuilder::keepWhere(Value condition, Value value) {
  return select(condition, value, real(0, value.getType()));
}

Value ScalarBuilder::select(Value condition, Value value, Value otherwise) {
  return apply("where", {condition, value, otherwise});
}

Value ScalarBuilder::compare(StringRef comparison, Value lhs, Value rhs) {
  return ir::ApplyOp::create(builder, location, builder.getI1Type(), comparison, ValueRange{lhs, rhs});
}

Value ScalarBuilder::both(Value lhs, Value rhs) {
  return apply("and", {lhs, rhs});
}

Value ScalarBuilder::negated(Value condition) {
  return apply("not", condition);
}

Value ScalarBuilder::cast(Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (std::optional<double> number = constantReal(value); number && isa<FloatType>(type))
    return real(*number, type);
  return ir::CastOp::create(builder, location, type, value);
}

Value ScalarBuilder::position(Value index) {
  return cast(index, builder.getI64Type());
}

} // namespace tl::passes
