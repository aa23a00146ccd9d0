// Evaluation of scalar primitives: the meaning that every backend keeps.
#include "runtime/Primitives.h"

#include "runtime/Random.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>

namespace tl::runtime {
namespace {

struct Row {
  std::string_view name;
  std::size_t operands;
  PrimitiveRule rule;
};

constexpr Row kRows[] = {
#define TL_PRIMITIVE(name, operands, rule) {#name, operands, PrimitiveRule::rule},
#include "runtime/Primitives.def"
#undef TL_PRIMITIVE
};

/// 1 / (1 + exp(-x)) without overflow on either side.
double sigmoid(double x) {
  if (x >= 0)
    return 1 / (1 + std::exp(-x));
  double power = std::exp(x);
  return power / (1 + power);
}

/// At temperature 0 exactly the step, not its limit 1/2 at x = 0.
double sigmoidAt(double x, double temperature) {
  if (temperature == 0)
    return x > 0;
  return sigmoid(x / temperature);
}

/// log(1 + exp(x)) without overflow, exact for large |x|.
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

/// x Phi(x) with the exact normal distribution, not the tanh approximation.
double gelu(double x) {
  return 0.5 * x * (1 + std::erf(x * (std::numbers::sqrt2 / 2)));
}

double signOf(double x) {
  return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0));
}

/// Remainder of flooring division: it has the sign of the divisor. IEEE for a divisor of 0.
double floorRemainder(double lhs, double rhs) {
  double rest = std::fmod(lhs, rhs);
  return rest != 0 && (rest < 0) != (rhs < 0) ? rest + rhs : rest;
}

/// NaN if either operand is: std::min would forget one of them.
double minimum(double lhs, double rhs) {
  return std::isnan(lhs) || lhs < rhs ? lhs : rhs;
}
double maximum(double lhs, double rhs) {
  return std::isnan(lhs) || lhs > rhs ? lhs : rhs;
}

// Signed overflow is undefined in C++; unsigned arithmetic wraps.
std::int64_t wrap(std::uint64_t bits) {
  return static_cast<std::int64_t>(bits);
}
std::uint64_t bits(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

std::int64_t floorDivide(std::int64_t lhs, std::int64_t rhs) {
  if (rhs == 0)
    return 0;
  if (rhs == -1) // the least integer has no negative
    return wrap(0 - bits(lhs));
  std::int64_t quotient = lhs / rhs;
  return lhs % rhs != 0 && (lhs < 0) != (rhs < 0) ? quotient - 1 : quotient;
}

std::int64_t floorModulo(std::int64_t lhs, std::int64_t rhs) {
  return wrap(bits(lhs) - bits(floorDivide(lhs, rhs)) * bits(rhs)) * (rhs != 0);
}

/// By squaring. A negative exponent gives the truncated reciprocal: 0 unless the base is 1 or -1.
std::int64_t power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  std::uint64_t result = 1, square = bits(base);
  for (; exponent != 0; exponent >>= 1, square *= square)
    if (exponent & 1)
      result *= square;
  return wrap(result);
}

} // namespace

std::optional<Primitive> findPrimitive(std::string_view name) {
  for (std::size_t row = 0; row < std::size(kRows); ++row)
    if (kRows[row].name == name)
      return static_cast<Primitive>(row);
  return std::nullopt;
}

std::string_view name(Primitive primitive) {
  return kRows[static_cast<std::size_t>(primitive)].name;
}

std::size_t operandCount(Primitive primitive) {
  return kRows[static_cast<std::size_t>(primitive)].operands;
}

PrimitiveRule rule(Primitive primitive) {
  return kRows[static_cast<std::size_t>(primitive)].rule;
}

double evaluate(Primitive primitive, std::span<const double> x) {
  assert(x.size() == operandCount(primitive) && "operands were counted before");
  switch (primitive) {
  case Primitive::k_add:
    return x[0] + x[1];
  case Primitive::k_sub:
    return x[0] - x[1];
  case Primitive::k_mul:
    return x[0] * x[1];
  case Primitive::k_neg:
    return -x[0];
  case Primitive::k_abs:
    return std::abs(x[0]);
  case Primitive::k_sign:
    return signOf(x[0]);
  case Primitive::k_min:
    return minimum(x[0], x[1]);
  case Primitive::k_max:
    return maximum(x[0], x[1]);
  case Primitive::k_floordiv:
    return std::floor(x[0] / x[1]);
  case Primitive::k_mod:
    return floorRemainder(x[0], x[1]);
  case Primitive::k_pow:
    return std::pow(x[0], x[1]);
  case Primitive::k_relu:
    return maximum(x[0], 0.0);
  case Primitive::k_stopgrad:
    return x[0];
  case Primitive::k_clamp:
    return minimum(maximum(x[0], x[1]), x[2]);
  case Primitive::k_div:
    return x[0] / x[1];
  case Primitive::k_exp:
    return std::exp(x[0]);
  case Primitive::k_log:
    return std::log(x[0]);
  case Primitive::k_sqrt:
    return std::sqrt(x[0]);
  case Primitive::k_rsqrt:
    return 1 / std::sqrt(x[0]);
  case Primitive::k_sin:
    return std::sin(x[0]);
  case Primitive::k_cos:
    return std::cos(x[0]);
  case Primitive::k_tanh:
    return std::tanh(x[0]);
  case Primitive::k_erf:
    return std::erf(x[0]);
  case Primitive::k_sig:
    return sigmoid(x[0]);
  case Primitive::k_sigt:
    return sigmoidAt(x[0], x[1]);
  case Primitive::k_gelu:
    return gelu(x[0]);
  case Primitive::k_silu:
    return x[0] * sigmoid(x[0]);
  case Primitive::k_softplus:
    return softplus(x[0]);
  case Primitive::k_floor:
    return std::floor(x[0]);
  case Primitive::k_ceil:
    return std::ceil(x[0]);
  case Primitive::k_round:
    return std::nearbyint(x[0]); // half to even: the rounding mode is never changed
  case Primitive::k_step:
    return x[0] > 0;
  case Primitive::k_eq:
    return x[0] == x[1];
  case Primitive::k_ne:
    return x[0] != x[1];
  case Primitive::k_lt:
    return x[0] < x[1];
  case Primitive::k_le:
    return x[0] <= x[1];
  case Primitive::k_gt:
    return x[0] > x[1];
  case Primitive::k_ge:
    return x[0] >= x[1];
  case Primitive::k_and:
    return x[0] != 0 && x[1] != 0;
  case Primitive::k_or:
    return x[0] != 0 || x[1] != 0;
  case Primitive::k_not:
    return x[0] == 0;
  case Primitive::k_where:
    return x[0] != 0 ? x[1] : x[2];
  case Primitive::k_philox:
  case Primitive::k_uniform:
  case Primitive::k_normal:
    break;
  }
  assert(false && "draws are made of integers");
  __builtin_unreachable();
}

std::int64_t evaluateInteger(Primitive primitive, std::span<const std::int64_t> x) {
  assert(x.size() == operandCount(primitive) && "operands were counted before");
  switch (primitive) {
  case Primitive::k_add:
    return wrap(bits(x[0]) + bits(x[1]));
  case Primitive::k_sub:
    return wrap(bits(x[0]) - bits(x[1]));
  case Primitive::k_mul:
    return wrap(bits(x[0]) * bits(x[1]));
  case Primitive::k_neg:
    return wrap(0 - bits(x[0]));
  case Primitive::k_abs:
    return x[0] < 0 ? wrap(0 - bits(x[0])) : x[0];
  case Primitive::k_sign:
    return (x[0] > 0) - (x[0] < 0);
  case Primitive::k_min:
    return std::min(x[0], x[1]);
  case Primitive::k_max:
    return std::max(x[0], x[1]);
  case Primitive::k_floordiv:
    return floorDivide(x[0], x[1]);
  case Primitive::k_mod:
    return floorModulo(x[0], x[1]);
  case Primitive::k_pow:
    return power(x[0], x[1]);
  case Primitive::k_relu:
    return std::max<std::int64_t>(x[0], 0);
  case Primitive::k_stopgrad:
    return x[0];
  case Primitive::k_clamp:
    return std::min(std::max(x[0], x[1]), x[2]);
  case Primitive::k_floor:
  case Primitive::k_ceil:
  case Primitive::k_round:
    return x[0];
  case Primitive::k_step:
    return x[0] > 0;
  case Primitive::k_eq:
    return x[0] == x[1];
  case Primitive::k_ne:
    return x[0] != x[1];
  case Primitive::k_lt:
    return x[0] < x[1];
  case Primitive::k_le:
    return x[0] <= x[1];
  case Primitive::k_gt:
    return x[0] > x[1];
  case Primitive::k_ge:
    return x[0] >= x[1];
  case Primitive::k_and:
    return x[0] != 0 && x[1] != 0;
  case Primitive::k_or:
    return x[0] != 0 || x[1] != 0;
  case Primitive::k_not:
    return x[0] == 0;
  case Primitive::k_where:
    return x[0] != 0 ? x[1] : x[2];
  case Primitive::k_philox:
    return wrap(philox(bits(x[0]), bits(x[1]), bits(x[2])).low);
  case Primitive::k_uniform:
  case Primitive::k_normal:
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
    break;
  }
  assert(false && "a primitive of reals has no integer value");
  __builtin_unreachable();
}

double evaluateDraw(Primitive primitive, std::span<const std::int64_t> x, bool isSingle) {
  assert(rule(primitive) == PrimitiveRule::Draw && x.size() == operandCount(primitive) &&
         "a draw at a place");
  const DrawPlace place = {bits(x[0]), bits(x[1]), bits(x[2])};
  return primitive == Primitive::k_uniform ? uniformDraw(place, isSingle) : normalDraw(place, isSingle);
}

} // namespace tl::runtime
