// Bounds on index values.
#pragma once

#include "mlir/IR/AffineMap.h"

#include <cstdint>
#include <limits>

namespace tl::passes {

/// Every integer from `lower` to `upper`, both included; none when lower > upper.
struct Interval {
  std::int64_t lower;
  std::int64_t upper;

  bool isWithin(Interval outer) const { return outer.lower <= lower && upper <= outer.upper; }
  bool isEmpty() const { return lower > upper; }
};

/// Far outside every extent, and small enough that sums of a few do not overflow.
constexpr std::int64_t kFar = std::int64_t{1} << 60;
constexpr Interval kAnyIndex{-kFar, kFar};
constexpr Interval kAnyCell{std::numeric_limits<std::int32_t>::min(),
                            std::numeric_limits<std::int32_t>::max()};

/// The positions 0 .. extent - 1.
inline Interval positions(std::int64_t extent) {
  return {0, extent - 1};
}

/// What a column with this bound may hold; -1 is an unknown bound.
inline Interval cells(std::int64_t bound) {
  return bound < 0 ? kAnyCell : positions(bound);
}

inline Interval intersect(Interval a, Interval b) {
  return {a.lower > b.lower ? a.lower : b.lower, a.upper < b.upper ? a.upper : b.upper};
}

/// Bounds on the values of an expression of dimensions; never too narrow.
Interval boundsOf(mlir::AffineExpr expression, llvm::ArrayRef<Interval> dimensions);

/// c of an expression c * dimension + rest, with rest free of the dimension; none when it is not of that
/// form.
std::optional<std::int64_t> coefficientOf(mlir::AffineExpr expression, unsigned dimension);

} // namespace tl::passes
