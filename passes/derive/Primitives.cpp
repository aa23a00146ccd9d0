// One row of the table per primitive of runtime/Primitives.def.
#include "passes/derive/Primitives.h"

#include <numbers>

namespace tl::passes {

using namespace mlir;
using runtime::Primitive;

bool isDifferentiable(Primitive primitive, unsigned position) {
  switch (primitive) {
  case Primitive::k_stopgrad:
  case Primitive::k_philox:
  case Primitive::k_uniform:
  case Primitive::k_normal:
  case Primitive::k_sign:
  case Primitive::k_floordiv:
  case Primitive::k_floor:
  case Primitive::k_ceil:
  case Primitive::k_round:
  case Primitive::k_step:
  case Primitive::k_eq:
  case Primitive::k_ne:
  case Primitive::k_lt:
  case Primitive::k_le:
  case Primitive::k_gt:
  case Primitive::k_ge:
  case Primitive::k_and:
  case Primitive::k_or:
  case Primitive::k_not:
    return false;
  case Primitive::k_where:
    return position != 0;
  case Primitive::k_add:
  case Primitive::k_sub:
  case Primitive::k_mul:
  case Primitive::k_neg:
  case Primitive::k_abs:
  case Primitive::k_min:
  case Primitive::k_max:
  case Primitive::k_mod:
  case Primitive::k_pow:
  case Primitive::k_relu:
  case Primitive::k_clamp:
  case Primitive::k_div:
  case Primitive::k_exp:
  case Primitive::k_log:
  case Primitive::k_sqrt:
  case Primitive::k_rsqrt:
  case Primitive::k_sin:
  case Primitive::k_cos:
  case Primitive::k_tanh:
  case Primitive::k_erf:
  case Primitive::k_sig:
  case Primitive::k_sigt:
  case Primitive::k_gelu:
  case Primitive::k_silu:
  case Primitive::k_softplus:
    return true;
  }
  llvm_unreachable("every primitive is handled");
}

namespace {

/// One use with what every row needs: x, y and z are the operands, r the result, d its cotangent.
struct Row {
  ScalarBuilder &s;
  Value x, y, z, r, d;

  Value number(double value) const { return s.real(value, r.getType()); }
  Value complement(Value value) const { return s.subtract(number(1), value); }
};

/// x^y by x: y x^(y-1), and 0 where y is 0 also at x = 0.
Value powerByBase(const Row &row) {
  ScalarBuilder &s = row.s;
  std::optional<double> exponent = constantReal(row.y);
  if (exponent == 0.0)
    return row.number(0);
  if (exponent == 1.0)
    return row.d;
  Value scaled = s.multiply(row.d, row.y);
  if (exponent == 2.0)
    return s.multiply(scaled, row.x);
  Value lower = s.apply("pow", {row.x, s.subtract(row.y, row.number(1))});
  Value product = s.multiply(scaled, lower);
  return exponent ? product : s.keepWhere(s.compare("ne", row.y, row.number(0)), product);
}

/// x^y by y: x^y log x, and 0 at x = 0, where the power stays 0.
Value powerByExponent(const Row &row) {
  ScalarBuilder &s = row.s;
  Value product = s.multiply(s.multiply(row.d, row.r), s.apply("log", row.x));
  return s.keepWhere(s.compare("ne", row.x, row.number(0)), product);
}

/// min and max: the first operand that attains the value.
Value firstBy(const Row &row, StringRef comparison, unsigned position) {
  Value isFirst = row.s.compare(comparison, row.x, row.y);
  return row.s.keepWhere(position == 0 ? isFirst : row.s.negated(isFirst), row.d);
}

/// clamp is min(max(x, low), high): the operand that the result comes from, the first one at a tie.
Value clampBy(const Row &row, unsigned position) {
  ScalarBuilder &s = row.s;
  Value isLow = s.compare("lt", row.x, row.y);
  Value isHigh = s.compare("gt", s.apply("max", {row.x, row.y}), row.z);
  if (position == 2)
    return s.keepWhere(isHigh, row.d);
  return s.keepWhere(s.both(position == 1 ? isLow : s.negated(isLow), s.negated(isHigh)), row.d);
}

/// 1 / (1 + exp(-x/T)): r (1 - r) / T by x, that times -x/T by T; at T = 0 it is a step.
Value sigmoidBy(const Row &row, unsigned position) {
  ScalarBuilder &s = row.s;
  Value slope = s.divide(s.multiply(row.d, s.multiply(row.r, row.complement(row.r))), row.y);
  if (position == 1)
    slope = s.negate(s.divide(s.multiply(slope, row.x), row.y));
  return s.keepWhere(s.compare("ne", row.y, row.number(0)), slope);
}

/// x P(x) with the normal distribution P: P(x) + x p(x).
Value geluSlope(const Row &row) {
  ScalarBuilder &s = row.s;
  Value erf = s.apply("erf", s.multiply(row.x, row.number(std::numbers::sqrt2 / 2)));
  Value below = s.multiply(row.number(0.5), s.add(row.number(1), erf));
  Value bell = s.apply("exp", s.multiply(row.number(-0.5), s.square(row.x)));
  Value density = s.multiply(row.number(std::numbers::inv_sqrtpi * std::numbers::sqrt2 / 2), bell);
  return s.add(below, s.multiply(row.x, density));
}

/// x sig(x): sig(x) (1 + x (1 - sig(x))).
Value siluSlope(const Row &row) {
  ScalarBuilder &s = row.s;
  Value sig = s.apply("sig", row.x);
  return s.multiply(sig, s.add(row.number(1), s.multiply(row.x, row.complement(sig))));
}

Value erfSlope(const Row &row) {
  ScalarBuilder &s = row.s;
  Value bell = s.apply("exp", s.negate(s.square(row.x)));
  return s.multiply(row.number(2 * std::numbers::inv_sqrtpi), bell);
}

} // namespace

Value cotangentOfOperand(ScalarBuilder &s, const PrimitiveUse &use, unsigned position) {
  assert(isDifferentiable(use.primitive, position) && "no cotangent passes here");
  auto operand = [&](unsigned number) {
    return number < use.operands.size() ? use.operands[number] : Value();
  };
  const Row row{s, operand(0), operand(1), operand(2), use.result, use.cotangent};
  switch (use.primitive) {
  case Primitive::k_neg:
    return s.negate(row.d);
  case Primitive::k_abs:
    return s.multiply(row.d, s.apply("sign", row.x));
  case Primitive::k_relu:
    return s.keepWhere(s.compare("gt", row.x, row.number(0)), row.d);
  case Primitive::k_exp:
    return s.multiply(row.d, row.r);
  case Primitive::k_log:
    return s.divide(row.d, row.x);
  case Primitive::k_sqrt:
    return s.divide(s.multiply(row.d, row.number(0.5)), row.r);
  case Primitive::k_rsqrt:
    return s.multiply(s.multiply(row.d, row.number(-0.5)), s.multiply(row.r, s.square(row.r)));
  case Primitive::k_sin:
    return s.multiply(row.d, s.apply("cos", row.x));
  case Primitive::k_cos:
    return s.negate(s.multiply(row.d, s.apply("sin", row.x)));
  case Primitive::k_tanh:
    return s.multiply(row.d, row.complement(s.square(row.r)));
  case Primitive::k_erf:
    return s.multiply(row.d, erfSlope(row));
  case Primitive::k_sig:
    return s.multiply(row.d, s.multiply(row.r, row.complement(row.r)));
  case Primitive::k_gelu:
    return s.multiply(row.d, geluSlope(row));
  case Primitive::k_silu:
    return s.multiply(row.d, siluSlope(row));
  case Primitive::k_softplus:
    return s.multiply(row.d, s.apply("sig", row.x));
  case Primitive::k_add:
    return row.d;
  case Primitive::k_sub:
    return position == 0 ? row.d : s.negate(row.d);
  case Primitive::k_mul:
    return s.multiply(row.d, position == 0 ? row.y : row.x);
  case Primitive::k_div:
    return position == 0 ? s.divide(row.d, row.y) : s.negate(s.divide(s.multiply(row.d, row.r), row.y));
  case Primitive::k_min:
    return firstBy(row, "le", position);
  case Primitive::k_max:
    return firstBy(row, "ge", position);
  case Primitive::k_mod: // x - y floordiv(x, y)
    return position == 0 ? row.d : s.negate(s.multiply(row.d, s.apply("floordiv", {row.x, row.y})));
  case Primitive::k_pow:
    return position == 0 ? powerByBase(row) : powerByExponent(row);
  case Primitive::k_clamp:
    return clampBy(row, position);
  case Primitive::k_sigt:
    return sigmoidBy(row, position);
  case Primitive::k_stopgrad:
  case Primitive::k_philox:
  case Primitive::k_uniform:
  case Primitive::k_normal:
  case Primitive::k_sign:
  case Primitive::k_floordiv:
  case Primitive::k_floor:
  case Primitive::k_ceil:
  case Primitive::k_round:
  case Primitive::k_step:
  case Primitive::k_eq:
  case Primitive::k_ne:
  case Primitive::k_lt:
  case Primitive::k_le:
  case Primitive::k_gt:
  case Primitive::k_ge:
  case Primitive::k_and:
  case Primitive::k_or:
  case Primitive::k_not:
  case Primitive::k_where:
    break;
  }
  llvm_unreachable("no cotangent passes here");
}

} // namespace tl::passes
