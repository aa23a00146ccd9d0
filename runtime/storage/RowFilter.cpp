// Choice and growth of the duplicate filter.
#include "runtime/storage/RowFilter.h"

#include <algorithm>

namespace tl::runtime {
namespace {

constexpr std::uint64_t kUnbounded = std::uint64_t{1} << 32;
constexpr std::uint64_t kLargestBitmapBits = std::uint64_t{1} << 36;
constexpr std::uint64_t kSmallBitmapBits = std::uint64_t{1} << 26;
constexpr std::uint64_t kFewFirstCells = std::uint64_t{1} << 18;

/// How many different rows there can be; 0 when that is unknown, nothing, or too much for a bitmap.
std::uint64_t countPossibleRows(const std::vector<std::uint64_t> &limits) {
  if (limits.empty() || limits.size() > 2 || *std::max_element(limits.begin(), limits.end()) >= kUnbounded)
    return 0;
  std::uint64_t product = 1;
  for (std::uint64_t limit : limits)
    product *= limit; // two factors below 2^32
  return product <= kLargestBitmapBits ? product : 0;
}

std::uint64_t limitAt(const std::vector<std::int64_t> &bounds, std::size_t column) {
  return bounds.size() == 2 && bounds[column] >= 0 ? static_cast<std::uint64_t>(bounds[column]) : 0;
}

std::vector<std::uint64_t> limitsOf(const std::vector<std::int64_t> &bounds) {
  std::vector<std::uint64_t> limits;
  for (std::int64_t bound : bounds)
    limits.push_back(bound < 0 ? kUnbounded : static_cast<std::uint64_t>(bound));
  return limits;
}

} // namespace

RowFilter::RowFilter(StorageAccount &account, RowStore &store, const std::vector<std::int64_t> &bounds)
    : account(account), store(store), key(bounds), limits(limitsOf(bounds)),
      possibleRows(countPossibleRows(limits)), words(account),
      sets(account, limitAt(bounds, 0), limitAt(bounds, 1), store.parts()), table(account),
      cells(kBatchRows * bounds.size()) {}

bool RowFilter::isBitmapSmall() const {
  return possibleRows <= kSmallBitmapBits && bitmapBytes() <= account.remainingBytes() / 2;
}

bool RowFilter::build() {
  std::size_t capacity = SlotTable::capacityFor(store.total());
  if (possibleRows && (isBitmapSmall() || bitmapBytes() <= capacity * sizeof(std::uint64_t)) && useBits())
    return true;
  return (canUseSets(kFewFirstCells + 4 * store.total()) && useSets()) || useTable(capacity);
}

/// A set for every possible first cell pays while those are not many more than `firstCells`.
bool RowFilter::canUseSets(std::uint64_t firstCells) const {
  return limits.size() == 2 && limits[0] <= firstCells && limits[1] < kUnbounded &&
         limits[0] * limits[1] != 0;
}

// A bitmap no larger than the next table is better in every way. When neither fits in that order, the other
// may.
bool RowFilter::enlarge() {
  std::size_t capacity = 2 * table.capacity();
  if (possibleRows && bitmapBytes() <= capacity * sizeof(std::uint64_t) && useBits())
    return true;
  if (canUseSets(4 * store.total()) && useSets())
    return true;
  return table.rehash(capacity) || (possibleRows && useBits());
}

bool RowFilter::useTable(std::size_t capacity) {
  if (!table.rehash(capacity))
    return false;
  form = key.isExact() ? Form::Keys : Form::Rows;
  for (std::size_t row = 0; row < store.total(); ++row) {
    std::uint64_t hash = hashOf(row);
    if (form == Form::Keys && hash == 0)
      hasZeroKey = true;
    else // the rows differ, so nothing needs comparing
      table.fill(table.locate(hash, [](std::uint64_t) { return false; }),
                 form == Form::Keys ? hash : slotOfRow(hash, row));
  }
  return true;
}

bool RowFilter::useBits() {
  if (!words.growTo(bitmapBytes() / sizeof(std::uint64_t)))
    return false;
  auto setBit = [this](Cell first, Cell second) {
    const Cell both[] = {first, second};
    std::uint64_t bit = bitOf(both);
    words[bit / 64] |= std::uint64_t{1} << (bit % 64);
  };
  if (form == Form::Sets)
    sets.each(setBit); // the store need not have the rows any more
  else
    for (std::size_t row = 0; row < store.total(); ++row)
      setBit(store.cell(row, 0), limits.size() == 2 ? store.cell(row, 1) : 0);
  table.clear();
  sets.clear();
  form = Form::Bits;
  return true;
}

/// The committed and staged rows go over; when memory runs out half-way, the table that was there stays.
bool RowFilter::useSets() {
  if (!sets.build())
    return false;
  for (std::size_t row = 0; row < store.total(); ++row)
    if (sets.insert(store.cell(row, 0), store.cell(row, 1)) == CellSets::Outcome::Failed)
      return false;
  table.clear();
  form = Form::Sets;
  return true;
}

std::uint64_t *RowFilter::locate(std::uint64_t hash, const Cell *row) const {
  if (form == Form::Keys)
    return table.locate(hash, [hash](std::uint64_t slot) { return slot == hash; });
  return table.locate(
      hash, [&](std::uint64_t slot) { return hasTagOf(slot, hash) && store.isRow(rowOfSlot(slot), row); });
}

bool RowFilter::isKnown(std::uint64_t hash, const Cell *row) const {
  if (form == Form::Keys && hash == 0)
    return hasZeroKey;
  return *locate(hash, row) != 0;
}

bool RowFilter::insertHashed(std::uint64_t hash, const Cell *row) {
  if (form == Form::Keys && hash == 0)
    return std::exchange(hasZeroKey, true) || store.stage(row);
  std::uint64_t *slot = locate(hash, row);
  if (*slot)
    return true;
  if (table.isFull()) {
    if (!enlarge())
      return false;
    if (form == Form::Bits)
      return insertBit(row);
    if (form == Form::Sets)
      return insertIntoSet(row);
    slot = locate(hash, row);
  }
  table.fill(slot, form == Form::Keys ? hash : slotOfRow(hash, store.total()));
  return store.stage(row);
}

bool RowFilter::drain() {
  reconsiderSets();
  std::size_t count = std::exchange(pending, 0);
  for (std::size_t entry = 0; entry < count; ++entry) {
    const Cell *row = cells.data() + entry * limits.size();
    bool kept = form == Form::Bits   ? insertBit(row)
                : form == Form::Sets ? insertIntoSet(row)
                                     : insertHashed(hashes[entry], row);
    if (!kept)
      return false;
  }
  return true;
}

bool RowFilter::insertRun(Cell first, std::span<const Cell> seconds) {
  if (!isFirst(first))
    return true;
  reconsiderSets();
  if (form == Form::Bits || form == Form::Sets)
    return (pending == 0 || drain()) && insertIntoPart(first, seconds);
  Cell row[] = {first, 0};
  for (Cell second : seconds) {
    row[1] = second;
    if (static_cast<std::uint32_t>(second) < limits[1] && !insert(row))
      return false;
  }
  return true;
}

bool RowFilter::prepareParts() {
  return drain() && (form == Form::Bits || form == Form::Sets);
}

bool RowFilter::insertIntoPart(Cell first, std::span<const Cell> seconds) {
  if (!isFirst(first))
    return true;
  StagedRows &staged = store.stagedWith(first);
  const bool isBit = form == Form::Bits;
  Cell row[] = {first, 0};
  for (Cell second : seconds) {
    row[1] = second;
    if (static_cast<std::uint32_t>(second) < limits[1] &&
        !(isBit ? insertBit(row, staged) : insertIntoSet(row, staged)))
      return false;
  }
  return true;
}

bool RowFilter::contains(const Cell *row) const {
  if (form == Form::Bits) {
    std::uint64_t bit = bitOf(row);
    return words[bit / 64] >> (bit % 64) & 1;
  }
  if (form == Form::Sets ? sets.contains(row[0], row[1])
                         : isKnown(key.hash([row](std::size_t column) { return row[column]; }), row))
    return true;
  for (std::size_t entry = 0; entry < pending; ++entry)
    if (std::equal(row, row + limits.size(), cells.begin() + entry * limits.size()))
      return true;
  return false;
}

} // namespace tl::runtime
