// Which elements make a row, and how rows are spread over threads.
#include "runtime/kernels/RowLayout.h"

#include "runtime/parallel/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <cassert>

namespace tl::runtime {
namespace {

constexpr std::int64_t kElementsPerPart = 1 << 15;

} // namespace

RowLayout rowLayoutOf(const Shape &shape, const std::vector<std::int64_t> &axes) {
  std::vector<std::int64_t> strides = rowMajorStrides(shape);
  std::vector<bool> isInner(shape.size(), false);
  for (std::int64_t axis : axes) {
    assert(axis >= 0 && axis < static_cast<std::int64_t>(shape.size()) && "an axis of the tensor");
    isInner[static_cast<std::size_t>(axis)] = true;
  }
  RowLayout layout;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (isInner[axis])
      layout.length *= shape[axis];
    else
      layout.rows *= shape[axis];
    if (shape[axis] == 1)
      continue;
    (isInner[axis] ? layout.inner : layout.outer).push_back({shape[axis], strides[axis]});
    layout.isContiguous &= isInner[axis] || layout.inner.empty();
  }
  return layout;
}

std::int64_t offsetOf(const std::vector<Axis> &axes, std::int64_t position) {
  std::int64_t offset = 0;
  for (std::size_t axis = axes.size(); axis-- > 0; position /= axes[axis].extent)
    offset += position % axes[axis].extent * axes[axis].stride;
  return offset;
}

bool forParts(const RowLayout &layout, ThreadPool *pool,
              const std::function<bool(std::int64_t from, std::int64_t to)> &part) {
  if (layout.rows == 0 || layout.length == 0)
    return true;
  if (!pool)
    return part(0, layout.rows);
  std::atomic<bool> failed{false};
  pool->parallelFor(0, layout.rows, std::max<std::int64_t>(kElementsPerPart / layout.length, 1),
                    [&](std::int64_t from, std::int64_t to) {
                      if (!part(from, to))
                        failed = true;
                    });
  return !failed;
}

} // namespace tl::runtime
