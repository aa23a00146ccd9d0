// Checked size arithmetic.
#include "runtime/core/Shape.h"

namespace tl::runtime {

Result<std::int64_t> elementCount(const Shape &shape) {
  if (shape.size() > kMaxRank)
    return Error{ErrorKind::Limit, "a tensor has " + std::to_string(shape.size()) +
                                       " axes, the limit is " + std::to_string(kMaxRank)};
  // An empty axis makes the product 0 however large the others are.
  for (std::int64_t extent : shape)
    if (extent == 0)
      return std::int64_t{0};
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    if (__builtin_mul_overflow(count, extent, &count) || count > kMaxElements)
      return Error{ErrorKind::Limit,
                   "a tensor of shape " + toString(shape) + " has more than 2^48 elements"};
  return count;
}

std::vector<std::int64_t> rowMajorStrides(const Shape &shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis > 1; --axis)
    strides[axis - 2] = strides[axis - 1] * shape[axis - 1];
  return strides;
}

std::string toString(const Shape &shape) {
  std::string text = "[";
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    text += (axis ? ", " : "") + std::to_string(shape[axis]);
  return text + "]";
}

} // namespace tl::runtime
