// Extents of a tensor and checked size arithmetic.
#pragma once

#include "runtime/core/Result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tl::runtime {

/// One extent per axis, slowest first. Rank 0 is a scalar.
using Shape = std::vector<std::int64_t>;

inline constexpr std::size_t kMaxRank = 32;
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;

/// The number of elements. Fails with a Limit error above `kMaxRank` axes or `kMaxElements` elements.
Result<std::int64_t> elementCount(const Shape &shape);

/// Row-major strides in elements; for a shape that `elementCount` accepts.
std::vector<std::int64_t> rowMajorStrides(const Shape &shape);

/// `[2, 3]`.
std::string toString(const Shape &shape);

} // namespace tl::runtime
