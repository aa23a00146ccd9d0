// One 64-bit number for some cells of a row.
#pragma once

#include "runtime/core/Relation.h"
#include "runtime/storage/SlotTable.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace tl::runtime {

/// Hashes rows whose columns have `bounds` (-1: unknown). Exact when all columns fit into 64 bits: then
/// different rows have different hashes, and only the row of zero bits has hash 0.
class RowKey {
public:
  explicit RowKey(const std::vector<std::int64_t> &bounds) {
    int total = 0;
    for (std::int64_t bound : bounds) {
      widths.push_back(bound < 0 ? 32
                                 : std::bit_width(static_cast<std::uint64_t>(bound > 0 ? bound - 1 : 0)));
      total += widths.back();
    }
    exact = total <= 64;
  }

  bool isExact() const { return exact; }

  /// `cellAt(c)` is the cell of column c, inside its bound.
  template <typename CellAt> std::uint64_t hash(CellAt cellAt) const {
    std::size_t arity = widths.size();
    if (arity == 2)
      return mixed((std::uint64_t{bits(cellAt(0))} << 32) | bits(cellAt(1)));
    return exact ? mixed(packed(cellAt)) : folded(cellAt);
  }

private:
  static std::uint32_t bits(Cell cell) { return static_cast<std::uint32_t>(cell); }

  template <typename CellAt> std::uint64_t packed(CellAt cellAt) const {
    std::uint64_t key = 0;
    for (std::size_t column = 0; column < widths.size(); ++column)
      key = (key << widths[column]) | bits(cellAt(column));
    return key;
  }

  template <typename CellAt> std::uint64_t folded(CellAt cellAt) const {
    std::uint64_t state = 0x2545F4914F6CDD1Du;
    for (std::size_t column = 0; column < widths.size(); ++column)
      state = mixed(std::rotl(state, 25) + bits(cellAt(column)) + 1);
    return state;
  }

  std::vector<int> widths;
  bool exact = true;
};

} // namespace tl::runtime
