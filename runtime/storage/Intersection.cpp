// Choice between marking, searching and merging.
#include "runtime/storage/Intersection.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace tl::runtime {
namespace {

using Cells = std::span<const std::int32_t>;

// In steps of a test against a bitmap. A search misses about every second branch.
constexpr double kSearchStep = 4;
constexpr double kMergeStep = 3;
constexpr double kMarkStep = 2;

double searchCost(std::size_t cells, std::int64_t count) {
  const auto ratio = static_cast<std::uint64_t>(count) / cells + 1;
  return static_cast<double>(cells) * kSearchStep * static_cast<double>(std::bit_width(ratio) + 1);
}

double mergeCost(std::size_t cells, std::int64_t count) {
  return kMergeStep * (static_cast<double>(cells) + static_cast<double>(count));
}

/// The first position from `begin` on whose cell is not less; doubles its steps, then halves them.
std::int64_t gallop(const TlList &list, std::int64_t begin, std::int32_t cell) {
  std::int64_t step = 1, low = begin;
  while (low + step < list.count && list.cells[low + step] < cell) {
    low += step;
    step *= 2;
  }
  return std::lower_bound(list.cells + low, list.cells + std::min(low + step + 1, list.count), cell) -
         list.cells;
}

Cells cellsOf(const TlList &list) {
  return {list.cells, static_cast<std::size_t>(list.count)};
}

} // namespace

Cells Intersection::run(std::span<const TlList> lists) {
  while (marks.size() < lists.size())
    marks.emplace_back(account);
  const auto least = std::min_element(lists.begin(), lists.end(),
                                      [](const TlList &a, const TlList &b) { return a.count < b.count; });
  const auto shortest = static_cast<std::size_t>(least - lists.begin());
  Cells cells = cellsOf(*least);
  for (std::size_t position = 0; position < lists.size() && !cells.empty(); ++position) {
    if (position == shortest)
      continue;
    // A longer list against the bitmap of the shortest may still be cheaper than searching it.
    const TlList &list = lists[position];
    const bool isWhole = cells.data() == least->cells;
    if (isWhole && marks[shortest].isOf(*least) && !marks[position].isOf(list) &&
        (!list.ascending || static_cast<double>(list.count) < searchCost(cells.size(), list.count)))
      cells = filterByMarks(cellsOf(list), marks[shortest]);
    else
      cells = filter(cells, list, marks[position]);
  }
  return failed ? Cells() : cells;
}

Cells Intersection::filter(Cells cells, const TlList &list, Marks &known) {
  if (known.isOf(list))
    return filterByMarks(cells, known);
  if (known.seen != list.cells) {
    known.seen = list.cells;
    known.spent = 0;
  }
  const double search = searchCost(cells.size(), list.count), merge = mergeCost(cells.size(), list.count);
  known.spent += list.ascending ? std::min(search, merge) : std::numeric_limits<double>::infinity();
  if (known.spent > kMarkStep * static_cast<double>(list.count)) {
    failed = failed || !mark(list, known);
    return failed ? Cells() : filterByMarks(cells, known);
  }
  return search < merge ? filterBySearch(cells, list) : filterByMerge(cells, list);
}

/// Cells may lie in `found` already: what is kept never overtakes what is read.
Cells Intersection::filterByMarks(Cells cells, const Marks &known) {
  if (!found.growAmortised(cells.size())) {
    failed = true;
    return {};
  }
  std::int32_t *out = found.data();
  std::size_t count = 0;
  for (std::int32_t cell : cells) {
    out[count] = cell;
    count += known.holds(cell);
  }
  return kept(count);
}

Cells Intersection::filterBySearch(Cells cells, const TlList &list) {
  if (!found.growAmortised(cells.size())) {
    failed = true;
    return {};
  }
  std::int32_t *out = found.data();
  std::size_t count = 0;
  std::int64_t position = 0;
  std::int32_t last = std::numeric_limits<std::int32_t>::min();
  for (std::int32_t cell : cells) {
    // The shorter list need not ascend.
    position = gallop(list, cell < last ? 0 : position, cell);
    last = cell;
    out[count] = cell;
    count += position < list.count && list.cells[position] == cell;
  }
  return kept(count);
}

Cells Intersection::filterByMerge(Cells cells, const TlList &list) {
  if (!std::is_sorted(cells.begin(), cells.end()))
    return filterBySearch(cells, list);
  if (!found.growAmortised(cells.size())) {
    failed = true;
    return {};
  }
  std::int32_t *out = found.data();
  std::size_t count = 0;
  std::int64_t position = 0;
  for (std::int32_t cell : cells) {
    while (position < list.count && list.cells[position] < cell)
      ++position;
    if (position == list.count)
      break;
    out[count] = cell;
    count += list.cells[position] == cell;
  }
  return kept(count);
}

bool Intersection::mark(const TlList &list, Marks &known) {
  if (!known.words.growTo(static_cast<std::size_t>(bound + 63) / 64))
    return false;
  for (std::int32_t cell : cellsOf(known.marked))
    known.words[static_cast<std::uint32_t>(cell) / 64] = 0;
  for (std::int32_t cell : cellsOf(list))
    known.words[static_cast<std::uint32_t>(cell) / 64] |= std::uint64_t{1}
                                                          << (static_cast<std::uint32_t>(cell) % 64);
  known.marked = list;
  return true;
}

Intersection &Workspace::intersection(std::size_t number, std::int64_t bound) {
  if (intersections.size() <= number)
    intersections.resize(number + 1);
  if (!intersections[number])
    intersections[number] = std::make_unique<Intersection>(account, bound);
  return *intersections[number];
}

bool Workspace::hasFailed() const {
  return std::any_of(intersections.begin(), intersections.end(),
                     [](const auto &intersection) { return intersection && intersection->hasFailed(); });
}

} // namespace tl::runtime
