// Building and extending indexes.
#include "runtime/storage/RowIndex.h"

#include <algorithm>
#include <cassert>

namespace tl::runtime {
namespace {

/// A group or head for every possible key pays while there are not many more keys than rows.
bool isDense(std::int64_t bound, std::size_t rows) {
  return bound >= 0 && static_cast<std::uint64_t>(bound) <= 16 * rows + (std::uint64_t{1} << 20);
}

/// One more than the largest cell; -1 when one is negative.
std::int64_t measuredBound(const Cell *column, std::size_t rows) {
  if (rows == 0)
    return 0;
  auto [least, largest] = std::minmax_element(column, column + rows);
  return *least < 0 ? -1 : std::int64_t{*largest} + 1;
}

constexpr std::size_t kBatchRows = 32;
constexpr std::int64_t kNoOffsets[] = {0};

} // namespace

RowIndex::RowIndex(StorageAccount &account, std::vector<std::uint32_t> keyColumns,
                   std::vector<std::int64_t> bounds, bool growing)
    : account(&account), keys(std::move(keyColumns)), bound(bounds.size() == 1 ? bounds[0] : -1), key(bounds),
      growing(growing), offsets(account), heads(account), next(account), slots(account) {}

RowIndex::Form RowIndex::chooseForm(const IndexedRows &rows) {
  keyBound = bound;
  if (!growing && keys.size() == 1 && keyBound < 0)
    keyBound = measuredBound(rows.columns[keys[0]], rows.count);
  if (keys.size() != 1 || !isDense(keyBound, rows.count))
    return Form::Hashed;
  return growing ? Form::Heads : Form::Grouped;
}

void RowIndex::restart(Form chosen) {
  offsets = ChargedArray<std::int64_t>(*account);
  heads = ChargedArray<std::int32_t>(*account);
  copies.clear();
  copyPointers.clear();
  slots.clear();
  indexed = 0;
  form = chosen;
}

bool RowIndex::update(const IndexedRows &rows) {
  if (form != Form::None && rows.count == indexed)
    return true;
  columns = rows.columns;
  // A grouped index is built anew; a hashed one of a relation that has grown may have become dense.
  if (form == Form::None || form == Form::Grouped ||
      (form == Form::Hashed && growing && isDense(bound, rows.count)))
    restart(chooseForm(rows));
  if (form == Form::Grouped)
    return group(rows);
  return next.growAmortised(rows.count) && (form == Form::Heads ? chainByHeads(rows) : chainByHash(rows));
}

// Counting sort: offsets[k + 1] counts key k; sums make it the end of key k, and offsets[k] its beginning.
bool RowIndex::group(const IndexedRows &rows) {
  std::size_t bounded = static_cast<std::size_t>(keyBound);
  if (!offsets.growTo(bounded + 2))
    return false;
  const Cell *column = rows.columns[keys[0]];
  bool inOrder = true;
  for (std::size_t row = 0; row < rows.count; ++row) {
    ++offsets[static_cast<std::size_t>(column[row]) + 1];
    inOrder &= row == 0 || column[row - 1] <= column[row];
  }
  for (std::size_t position = 1; position <= bounded; ++position)
    offsets[position] += offsets[position - 1];
  if (!inOrder && !scatter(rows))
    return false;
  if (!inOrder)
    columns = copyPointers.data();
  indexed = rows.count;
  return true;
}

// Each row moves offsets[key] one up; at the end it is the beginning of the next key, so all are shifted back
// by one place.
bool RowIndex::scatter(const IndexedRows &rows) {
  for (std::size_t position = 0; position < rows.arity; ++position) {
    copies.emplace_back(*account);
    if (!copies.back().growTo(rows.count))
      return false;
    copyPointers.push_back(copies.back().data());
  }
  const Cell *column = rows.columns[keys[0]];
  for (std::size_t row = 0; row < rows.count; ++row) {
    std::int64_t target = offsets[static_cast<std::size_t>(column[row])]++;
    for (std::size_t position = 0; position < rows.arity; ++position)
      copies[position][static_cast<std::size_t>(target)] = rows.columns[position][row];
  }
  for (std::size_t position = static_cast<std::size_t>(keyBound); position > 0; --position)
    offsets[position] = offsets[position - 1];
  offsets[0] = 0;
  return true;
}

bool RowIndex::chainByHeads(const IndexedRows &rows) {
  if (!heads.growTo(static_cast<std::size_t>(keyBound)))
    return false;
  const Cell *column = rows.columns[keys[0]];
  for (; indexed < rows.count; ++indexed) {
    std::int32_t &head = heads[static_cast<std::size_t>(column[indexed])];
    next[indexed] = head - 1;
    head = static_cast<std::int32_t>(indexed + 1);
  }
  return true;
}

// In batches, so that the cache misses of a batch overlap.
bool RowIndex::chainByHash(const IndexedRows &rows) {
  std::uint64_t hashes[kBatchRows];
  while (indexed < rows.count) {
    std::size_t begin = indexed, count = std::min(kBatchRows, rows.count - begin);
    for (std::size_t entry = 0; entry < count; ++entry) {
      hashes[entry] =
          key.hash([&](std::size_t position) { return rows.columns[keys[position]][begin + entry]; });
      slots.prefetch(hashes[entry]);
    }
    for (std::size_t entry = 0; entry < count; ++entry)
      if (!link(begin + entry, hashes[entry]))
        return false;
  }
  return true;
}

bool RowIndex::link(std::size_t row, std::uint64_t hash) {
  if (!slots.growForOne())
    return false;
  std::uint64_t *slot = slots.locate(hash, [&](std::uint64_t other) {
    return hasTagOf(other, hash) && std::all_of(keys.begin(), keys.end(), [&](std::uint32_t column) {
             return columns[column][rowOfSlot(other)] == columns[column][row];
           });
  });
  next[row] = *slot ? static_cast<std::int32_t>(rowOfSlot(*slot)) : -1;
  if (*slot)
    *slot = slotOfRow(hash, row);
  else
    slots.fill(slot, slotOfRow(hash, row));
  indexed = row + 1;
  return true;
}

bool RowIndex::hasKeys(std::size_t row, const Cell *keyCells) const {
  for (std::size_t position = 0; position < keys.size(); ++position)
    if (columns[keys[position]][row] != keyCells[position])
      return false;
  return true;
}

std::int64_t RowIndex::first(const Cell *keyCells) const {
  assert(form != Form::Grouped && "a grouped index is read by its offsets");
  if (form == Form::Heads)
    return static_cast<std::uint32_t>(keyCells[0]) < static_cast<std::uint64_t>(keyBound)
               ? std::int64_t{heads[static_cast<std::size_t>(keyCells[0])]} - 1
               : -1;
  if (slots.capacity() == 0)
    return -1;
  std::uint64_t hash = key.hash([keyCells](std::size_t position) { return keyCells[position]; });
  std::uint64_t slot = *slots.locate(hash, [&](std::uint64_t other) {
    return hasTagOf(other, hash) && hasKeys(rowOfSlot(other), keyCells);
  });
  return slot ? static_cast<std::int64_t>(rowOfSlot(slot)) : -1;
}

TlIndex RowIndex::view(std::int64_t begin, std::int64_t end) const {
  bool isGrouped = form == Form::Grouped;
  bool isEmpty = begin >= end;
  assert((!isGrouped || isEmpty || (begin == 0 && end == static_cast<std::int64_t>(indexed))) &&
         "a grouped index has all rows; ask for a growing one to see fewer");
  TlIndex seen = {};
  seen.columns = columns;
  seen.offsets = !isGrouped ? nullptr : isEmpty ? kNoOffsets : offsets.data();
  seen.keyBound = isGrouped && !isEmpty ? keyBound : 0;
  seen.next = next.data();
  seen.begin = begin;
  seen.end = end;
  seen.table = this;
  return seen;
}

} // namespace tl::runtime
