// Sorting and search of plain relations.
#include "runtime/core/Relation.h"

#include <algorithm>
#include <numeric>

namespace tl::runtime {
namespace {

bool isLess(const Cell *lhs, const Cell *rhs, std::size_t arity) {
  return std::lexicographical_compare(lhs, lhs + arity, rhs, rhs + arity);
}

/// Binary rows pack into one unsigned key whose order is the order of the rows.
std::uint64_t packed(Cell first, Cell second) {
  constexpr std::uint32_t kSignBit = 0x80000000u;
  return (std::uint64_t{static_cast<std::uint32_t>(first) ^ kSignBit} << 32) |
         (static_cast<std::uint32_t>(second) ^ kSignBit);
}

void sortBinary(std::vector<Cell> &cells) {
  std::vector<std::uint64_t> keys(cells.size() / 2);
  for (std::size_t row = 0; row < keys.size(); ++row)
    keys[row] = packed(cells[2 * row], cells[2 * row + 1]);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  cells.resize(keys.size() * 2);
  for (std::size_t row = 0; row < keys.size(); ++row) {
    cells[2 * row] = static_cast<Cell>((keys[row] >> 32) ^ 0x80000000u);
    cells[2 * row + 1] = static_cast<Cell>(static_cast<std::uint32_t>(keys[row]) ^ 0x80000000u);
  }
}

/// Whether every row is above the one before. Ends at the first that is not, so it costs little where sorting
/// is needed.
bool isSorted(const std::vector<Cell> &cells, std::size_t arity) {
  for (std::size_t begin = arity; begin < cells.size(); begin += arity)
    if (!isLess(cells.data() + begin - arity, cells.data() + begin, arity))
      return false;
  return true;
}

void sortGeneral(std::vector<Cell> &cells, std::size_t arity) {
  std::vector<std::size_t> order(cells.size() / arity);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const Cell *base = cells.data();
  std::sort(order.begin(), order.end(), [&](std::size_t lhs, std::size_t rhs) {
    return isLess(base + lhs * arity, base + rhs * arity, arity);
  });
  std::vector<Cell> sorted;
  sorted.reserve(cells.size());
  for (std::size_t row : order) {
    const Cell *begin = base + row * arity;
    if (sorted.empty() || !std::equal(begin, begin + arity, sorted.end() - arity))
      sorted.insert(sorted.end(), begin, begin + arity);
  }
  cells = std::move(sorted);
}

} // namespace

Relation::Relation(std::size_t arity, std::vector<Cell> rows) : arity_(arity), cells_(std::move(rows)) {
  if (arity == 0 || isSorted(cells_, arity))
    return;
  if (arity == 1) {
    std::sort(cells_.begin(), cells_.end());
    cells_.erase(std::unique(cells_.begin(), cells_.end()), cells_.end());
  } else if (arity == 2) {
    sortBinary(cells_);
  } else {
    sortGeneral(cells_, arity);
  }
}

Relation Relation::nullary(bool holds) {
  Relation relation(0);
  relation.holds_ = holds;
  return relation;
}

bool Relation::contains(std::span<const Cell> wanted) const {
  if (arity_ == 0)
    return holds_;
  std::size_t low = 0, high = size();
  while (low < high) {
    std::size_t middle = low + (high - low) / 2;
    if (isLess(row(middle).data(), wanted.data(), arity_))
      low = middle + 1;
    else
      high = middle;
  }
  return low < size() && std::equal(wanted.begin(), wanted.end(), row(low).begin());
}

} // namespace tl::runtime
