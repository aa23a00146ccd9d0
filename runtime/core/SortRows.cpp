// Rows as words of as few bits as their cells need, sorted digit by digit.
#include "runtime/core/SortRows.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace tl::runtime {
namespace {

/// Digits for which the places of a pass stay in the first cache, and those for few entries, where clearing
/// the places would take the time.
constexpr int kDigitBits = 11, kFewDigitBits = 6;
constexpr std::size_t kFewEntries = 512;

/// Where a column lies in a word, and what its cells are counted from.
struct Field {
  std::size_t word;
  int shift, bits;
  std::int64_t least;
};

/// Columns in words of 64 bits, the first highest, so that the words of two rows compare as the rows do.
struct Layout {
  std::vector<Field> fields;
  std::vector<int> wordBits;
};

Layout layoutOf(const std::vector<Cell> &cells, std::size_t arity) {
  std::vector<Cell> least(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(arity)), most = least;
  for (std::size_t row = 0; row < cells.size(); row += arity)
    for (std::size_t column = 0; column < arity; ++column) {
      least[column] = std::min(least[column], cells[row + column]);
      most[column] = std::max(most[column], cells[row + column]);
    }
  Layout layout;
  for (std::size_t column = 0; column < arity; ++column) {
    const auto range = static_cast<std::uint64_t>(std::int64_t{most[column]} - least[column]);
    const int bits = std::bit_width(range);
    if (layout.wordBits.empty() || layout.wordBits.back() + bits > 64)
      layout.wordBits.push_back(0);
    layout.wordBits.back() += bits;
    layout.fields.push_back({layout.wordBits.size() - 1, layout.wordBits.back(), bits, least[column]});
  }
  for (Field &field : layout.fields)
    field.shift = layout.wordBits[field.word] - field.shift;
  return layout;
}

std::uint64_t wordOf(const Layout &layout, std::size_t word, const Cell *row) {
  std::uint64_t key = 0;
  for (std::size_t column = 0; column < layout.fields.size(); ++column)
    if (const Field &field = layout.fields[column]; field.word == word)
      key |= static_cast<std::uint64_t>(row[column] - field.least) << field.shift;
  return key;
}

/// A stable sort by the low `bits` bits of `keyOf(entry)`.
template <typename Entry, typename KeyOf>
void sortByDigits(std::vector<Entry> &entries, int bits, KeyOf keyOf) {
  const int mostBits = entries.size() < kFewEntries ? kFewDigitBits : kDigitBits;
  const int passes = (bits + mostBits - 1) / mostBits;
  const int digitBits = passes == 0 ? 0 : (bits + passes - 1) / passes;
  const std::uint64_t mask = (std::uint64_t{1} << digitBits) - 1;
  std::vector<Entry> sorted(passes == 0 ? 0 : entries.size());
  std::vector<std::size_t> places(mask + 1);
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = pass * digitBits;
    std::fill(places.begin(), places.end(), 0);
    for (const Entry &entry : entries)
      ++places[keyOf(entry) >> shift & mask];
    std::size_t place = 0;
    for (std::size_t &count : places)
      place += std::exchange(count, place);
    for (const Entry &entry : entries)
      sorted[places[keyOf(entry) >> shift & mask]++] = entry;
    std::swap(entries, sorted);
  }
}

/// Rows that fit into one word, which holds all there is to know of them.
void sortWords(std::vector<Cell> &cells, std::size_t arity, const Layout &layout) {
  std::vector<std::uint64_t> keys(cells.size() / arity);
  for (std::size_t row = 0; row < keys.size(); ++row)
    keys[row] = wordOf(layout, 0, cells.data() + row * arity);
  sortByDigits(keys, layout.wordBits[0], [](std::uint64_t key) { return key; });
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  cells.resize(keys.size() * arity);
  for (std::size_t row = 0; row < keys.size(); ++row)
    for (std::size_t column = 0; column < arity; ++column) {
      const Field &field = layout.fields[column];
      const std::uint64_t digits = keys[row] >> field.shift & ((std::uint64_t{1} << field.bits) - 1);
      cells[row * arity + column] = static_cast<Cell>(static_cast<std::int64_t>(digits) + field.least);
    }
}

/// Rows of several words: the last word first, each pass keeping the order of the one before.
void sortLongRows(std::vector<Cell> &cells, std::size_t arity, const Layout &layout) {
  struct Entry {
    std::uint64_t key;
    std::size_t row;
  };
  std::vector<Entry> order(cells.size() / arity);
  for (std::size_t row = 0; row < order.size(); ++row)
    order[row].row = row;
  for (std::size_t word = layout.wordBits.size(); word-- > 0;) {
    for (Entry &entry : order)
      entry.key = wordOf(layout, word, cells.data() + entry.row * arity);
    sortByDigits(order, layout.wordBits[word], [](const Entry &entry) { return entry.key; });
  }
  std::vector<Cell> sorted;
  sorted.reserve(cells.size());
  for (const Entry &entry : order) {
    const std::span<const Cell> row(cells.data() + entry.row * arity, arity);
    if (sorted.empty() ||
        !std::equal(row.begin(), row.end(), sorted.end() - static_cast<std::ptrdiff_t>(arity)))
      sorted.insert(sorted.end(), row.begin(), row.end());
  }
  cells = std::move(sorted);
}

} // namespace

void sortRows(std::vector<Cell> &cells, std::size_t arity) {
  if (cells.empty())
    return;
  const Layout layout = layoutOf(cells, arity);
  if (layout.wordBits.size() == 1)
    sortWords(cells, arity, layout);
  else
    sortLongRows(cells, arity, layout);
}

} // namespace tl::runtime
