// Which elements of a tensor are normalised together.
#pragma once

#include "runtime/core/Shape.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

#include <cstdint>
#include <vector>

namespace tl::ir {

/// Elements that agree in every axis but those normalised along form a group; groups are numbered in
/// row-major order.
class Groups {
public:
  Groups(const runtime::Shape &shape, llvm::ArrayRef<std::int64_t> along)
      : shape(shape), strides(shape.size(), 0) {
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (llvm::is_contained(along, static_cast<std::int64_t>(axis)))
        continue;
      strides[axis] = count;
      count *= shape[axis];
    }
  }

  std::int64_t size() const { return count; }
  std::int64_t of(std::int64_t position) const {
    std::int64_t group = 0;
    for (std::size_t axis = shape.size(); axis-- > 0; position /= shape[axis])
      group += position % shape[axis] * strides[axis];
    return group;
  }

private:
  const runtime::Shape &shape;
  std::vector<std::int64_t> strides;
  std::int64_t count = 1;
};

} // namespace tl::ir
