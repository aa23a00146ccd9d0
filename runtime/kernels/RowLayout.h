// A tensor seen as rows along some of its axes.
#pragma once

#include "runtime/core/Shape.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace tl::runtime {

class ThreadPool;

/// One axis of a walk over elements.
struct Axis {
  std::int64_t extent, stride;
};

/// A tensor as rows: `outer` axes count the rows, `inner` axes the elements of a row, slowest first.
struct RowLayout {
  std::vector<Axis> outer, inner;
  std::int64_t rows = 1, length = 1;
  bool isContiguous = true; ///< row r is the elements [r * length, (r + 1) * length)
};

RowLayout rowLayoutOf(const Shape &shape, const std::vector<std::int64_t> &axes);

/// Where the element, or the row, number `position` of `axes` begins.
std::int64_t offsetOf(const std::vector<Axis> &axes, std::int64_t position);

/// Calls `part(from, to)` until every row of `layout` is in one part, on the threads of `pool`, which may be
/// null. Whether every part returned true.
bool forParts(const RowLayout &layout, ThreadPool *pool,
              const std::function<bool(std::int64_t from, std::int64_t to)> &part);

/// The offsets of a row's elements from its first, one after the other.
class RowWalk {
public:
  explicit RowWalk(const std::vector<Axis> &axes) : axes(axes), counts(axes.size(), 0) {}
  std::int64_t offset() const { return current; }
  void advance() {
    for (std::size_t axis = axes.size(); axis-- > 0;) {
      current += axes[axis].stride;
      if (++counts[axis] < axes[axis].extent)
        return;
      current -= axes[axis].extent * axes[axis].stride;
      counts[axis] = 0;
    }
  }

private:
  const std::vector<Axis> &axes;
  std::vector<std::int64_t> counts;
  std::int64_t current = 0;
};

} // namespace tl::runtime
