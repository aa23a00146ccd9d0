// Checked size arithmetic.
#include "runtime/core/Shape.h"

#include <algorithm>

namespace tl::runtime {

Result<std::int64_t> elementCount(const Shape &shape) {
  if (shape.size() > kMaxRank)
    return Error{ErrorKind::Limit, "a tensor has " + std::to_string(shape.size()) + " axes, the limit is " +
                                       std::to_string(kMaxRank)};
  // An empty axis makes the count 0, but strides are products of the others: they must fit too.
  std::int64_t count = 1, nonEmpty = 1;
  for (std::int64_t extent : shape) {
    if (extent < 0)
      return Error{ErrorKind::Program, "a tensor of shape " + toString(shape) + " has a negative extent"};
    count = extent == 0 ? 0 : count;
    if (__builtin_mul_overflow(nonEmpty, std::max<std::int64_t>(extent, 1), &nonEmpty) ||
        nonEmpty > kMaxElements)
      return Error{ErrorKind::Limit, "a tensor of shape " + toString(shape) + " has more than 2^48 elements"};
  }
  return count * nonEmpty;
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
