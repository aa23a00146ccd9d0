// How the rows of a relation are cut into parts that threads can add to.
#pragma once

#include "runtime/core/Relation.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tl::runtime {

/// Parts by ranges of the first cell, for relations of two bounded columns; one part for all others. A part
/// begins at a multiple of 64, so that the bits of two parts share no word. Which part a row is in depends on
/// the bounds alone, and so does the order of rows that were added part by part.
class RowParts {
public:
  static constexpr std::size_t kMost = 16;

  explicit RowParts(const std::vector<std::int64_t> &bounds) {
    if (bounds.size() != 2 || bounds[0] <= 0 || bounds[1] < 0)
      return;
    const auto last = static_cast<std::uint64_t>(bounds[0] - 1);
    shift_ = std::max(6, static_cast<int>(std::bit_width(last)) - 4);
    count_ = static_cast<std::size_t>(last >> shift_) + 1;
  }

  std::size_t count() const { return count_; }
  /// Of a cell within the bound.
  std::size_t of(Cell first) const { return count_ == 1 ? 0 : static_cast<std::uint32_t>(first) >> shift_; }

private:
  std::size_t count_ = 1;
  int shift_ = 0;
};

} // namespace tl::runtime
