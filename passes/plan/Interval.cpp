// Interval arithmetic over affine expressions.
#include "passes/plan/Interval.h"

#include <algorithm>

namespace tl::passes {

using namespace mlir;

namespace {

std::int64_t clamp(__int128 value) {
  return static_cast<std::int64_t>(std::clamp<__int128>(value, -kFar, kFar));
}

Interval add(Interval a, Interval b) {
  return {clamp(__int128{a.lower} + b.lower), clamp(__int128{a.upper} + b.upper)};
}

Interval multiply(Interval a, Interval b) {
  const auto corners = {clamp(__int128{a.lower} * b.lower), clamp(__int128{a.lower} * b.upper),
                        clamp(__int128{a.upper} * b.lower), clamp(__int128{a.upper} * b.upper)};
  return {std::min(corners), std::max(corners)};
}

std::int64_t floorDivide(std::int64_t value, std::int64_t divisor) {
  const std::int64_t quotient = value / divisor;
  return quotient - (value % divisor < 0 ? 1 : 0);
}

/// Affine divisors are positive constants; anything else is unbounded.
Interval divide(AffineExprKind kind, Interval a, Interval divisor) {
  const std::int64_t by = divisor.lower;
  if (by != divisor.upper || by <= 0)
    return kAnyIndex;
  if (kind == AffineExprKind::Mod)
    return a.isWithin(positions(by)) ? a : positions(by);
  if (kind == AffineExprKind::FloorDiv)
    return {floorDivide(a.lower, by), floorDivide(a.upper, by)};
  return {-floorDivide(-a.lower, by), -floorDivide(-a.upper, by)};
}

} // namespace

Interval boundsOf(AffineExpr expression, ArrayRef<Interval> dimensions) {
  if (auto dimension = dyn_cast<AffineDimExpr>(expression))
    return dimensions[dimension.getPosition()];
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return {constant.getValue(), constant.getValue()};
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  if (!binary)
    return kAnyIndex;
  const Interval lhs = boundsOf(binary.getLHS(), dimensions);
  const Interval rhs = boundsOf(binary.getRHS(), dimensions);
  if (expression.getKind() == AffineExprKind::Add)
    return add(lhs, rhs);
  if (expression.getKind() == AffineExprKind::Mul)
    return multiply(lhs, rhs);
  return divide(expression.getKind(), lhs, rhs);
}

std::optional<std::int64_t> coefficientOf(AffineExpr expression, unsigned dimension) {
  if (!expression.isFunctionOfDim(dimension))
    return 0;
  if (isa<AffineDimExpr>(expression))
    return 1;
  auto binary = cast<AffineBinaryOpExpr>(expression);
  const std::optional<std::int64_t> lhs = coefficientOf(binary.getLHS(), dimension);
  const std::optional<std::int64_t> rhs = coefficientOf(binary.getRHS(), dimension);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expression.getKind() == AffineExprKind::Add)
    return *lhs + *rhs;
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expression.getKind() == AffineExprKind::Mul && factor)
    return *lhs * factor.getValue();
  return std::nullopt;
}

} // namespace tl::passes
