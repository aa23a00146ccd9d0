// Sorting and search of plain relations.
#include "runtime/core/Relation.h"

#include "runtime/core/SortRows.h"

#include <algorithm>

namespace tl::runtime {
namespace {

bool isLess(const Cell *lhs, const Cell *rhs, std::size_t arity) {
  return std::lexicographical_compare(lhs, lhs + arity, rhs, rhs + arity);
}

/// Whether every row is above the one before. Ends at the first that is not, so it costs little where sorting
/// is needed.
bool isSorted(const std::vector<Cell> &cells, std::size_t arity) {
  for (std::size_t begin = arity; begin < cells.size(); begin += arity)
    if (!isLess(cells.data() + begin - arity, cells.data() + begin, arity))
      return false;
  return true;
}

} // namespace

Relation::Relation(std::size_t arity, std::vector<Cell> rows) : arity_(arity), cells_(std::move(rows)) {
  if (arity != 0 && !isSorted(cells_, arity))
    sortRows(cells_, arity);
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
