// Building and extending indexes.
#include "runtime/storage/RowIndex.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace tl::runtime {
namespace {

/// A group for every possible key pays while there are not many more keys than rows.
bool isDense(std::int64_t bound, std::size_t rows) {
  return bound >= 0 && static_cast<std::uint64_t>(bound) <= 8 * rows + (std::uint64_t{1} << 16);
}

/// One more than the largest cell; -1 when one is negative.
std::int64_t measuredBound(const Cell *column, std::size_t rows) {
  if (rows == 0)
    return 0;
  auto [least, largest] = std::minmax_element(column, column + rows);
  return *least < 0 ? -1 : std::int64_t{*largest} + 1;
}

constexpr std::size_t kBatchRows = 32;
constexpr std::uint32_t kNoGroup = UINT32_MAX;
constexpr TlGroup kEmptyGroup = {};

} // namespace

RowIndex::RowIndex(StorageAccount &account, std::vector<std::uint32_t> keyColumns,
                   std::vector<std::int64_t> bounds)
    : account(&account), keys(std::move(keyColumns)), bound(bounds.size() == 1 ? bounds[0] : -1), key(bounds),
      groups(account), bulk(account), arena(account), slots(account), keyRows(account) {}

RowIndex::Form RowIndex::chooseForm(const IndexedRows &rows) {
  keyBound = bound;
  if (!growing && keys.size() == 1 && keyBound < 0)
    keyBound = measuredBound(rows.columns[keys[0]], rows.count);
  return keys.size() == 1 && isDense(keyBound, rows.count) ? Form::Dense : Form::Hashed;
}

void RowIndex::restart(const IndexedRows &rows) {
  groups = ChargedArray<TlGroup>(*account);
  bulk = ChargedArray<Cell>(*account);
  keyRows = ChargedArray<std::uint32_t>(*account);
  arena.clear();
  slots.clear();
  indexed = groupCount = 0;
  isBorrowed = false;
  ascending = true;
  rest.clear();
  for (std::uint32_t column = 0; column < rows.arity; ++column)
    if (!std::binary_search(keys.begin(), keys.end(), column))
      rest.push_back(column);
  form = chooseForm(rows);
}

bool RowIndex::update(const IndexedRows &rows) {
  round = rows.round;
  boundary = rows.boundary;
  if (form != Form::None && rows.count == indexed)
    return true;
  columns = rows.columns;
  // A relation that has grown may have become dense; one that could be borrowed from may have moved.
  const bool isOutgrown =
      form == Form::Dense ? keyBound != bound : keys.size() == 1 && isDense(bound, rows.count);
  if (form == Form::None || isBorrowed || isOutgrown)
    restart(rows);
  if (indexed == 0 && boundary == 0 && !build(rows, rows.count))
    return false;
  if (indexed == 0 && boundary != 0 && !build(rows, boundary))
    return false;
  return append(rows);
}

/// The first `count` rows at once: counted, placed, filled in.
bool RowIndex::build(const IndexedRows &rows, std::size_t count) {
  ChargedArray<std::uint32_t> groupOf(*account);
  if (!countRows(rows, count, groupOf))
    return false;
  if (borrow(rows)) {
    indexed = count;
    return true;
  }
  if (!placeGroups(count))
    return false;
  fillGroups(rows, count, form == Form::Dense ? nullptr : groupOf.data());
  indexed = count;
  return true;
}

bool RowIndex::countRows(const IndexedRows &rows, std::size_t count, ChargedArray<std::uint32_t> &groupOf) {
  if (form == Form::Dense) {
    groupCount = static_cast<std::size_t>(keyBound);
    if (!groups.growTo(groupCount))
      return false;
    const Cell *column = rows.columns[keys[0]];
    for (std::size_t row = 0; row < count; ++row)
      ++groups[static_cast<std::size_t>(column[row])].count;
    return true;
  }
  if (!groupOf.growTo(count))
    return false;
  std::uint64_t hashes[kBatchRows];
  for (std::size_t begin = 0; begin < count; begin += kBatchRows) {
    const std::size_t batch = std::min(kBatchRows, count - begin);
    for (std::size_t entry = 0; entry < batch; ++entry)
      slots.prefetch(hashes[entry] = hashOf(begin + entry));
    for (std::size_t entry = 0; entry < batch; ++entry) {
      const std::uint32_t group = addGroup(hashes[entry], begin + entry);
      if (group == kNoGroup)
        return false;
      groupOf[begin + entry] = group;
      ++groups[group].count;
    }
  }
  return true;
}

/// Rows that lie in the order of the key have their other column in the order of the groups already.
bool RowIndex::borrow(const IndexedRows &rows) {
  if (growing || form != Form::Dense || rows.arity != 2 || keys[0] != 0 || boundary != rows.count ||
      !std::is_sorted(rows.columns[0], rows.columns[0] + rows.count))
    return false;
  const Cell *next = rows.columns[1];
  for (std::size_t number = 0; number < groupCount; ++number) {
    TlGroup &group = groups[number];
    group.cells = next;
    group.stride = group.count;
    next += group.count;
    ascending = ascending && std::is_sorted(group.cells, next);
  }
  return isBorrowed = true;
}

bool RowIndex::placeGroups(std::size_t rows) {
  if (!bulk.growTo(rows * rest.size()))
    return false;
  Cell *next = bulk.data();
  for (std::size_t number = 0; number < groupCount; ++number) {
    TlGroup &group = groups[number];
    group.cells = next;
    group.stride = group.count;
    next += group.count * rest.size();
    group.count = 0;
  }
  return true;
}

void RowIndex::fillGroups(const IndexedRows &rows, std::size_t count, const std::uint32_t *groupOf) {
  // With no boundary every row is new.
  const std::uint32_t built = boundary == 0 ? round : round - 1;
  for (std::size_t row = 0; row < count; ++row) {
    TlGroup &group = groups[groupOf ? groupOf[row] : static_cast<std::uint32_t>(rows.columns[keys[0]][row])];
    group.round = built;
    put(group, row);
  }
}

/// The group has room.
void RowIndex::put(TlGroup &group, std::size_t row) {
  Cell *cells = const_cast<Cell *>(group.cells) + group.count;
  for (std::size_t position = 0; position < rest.size(); ++position)
    cells[position * group.stride] = columns[rest[position]][row];
  if (!rest.empty() && group.count > 0)
    ascending = ascending && cells[-1] < cells[0];
  ++group.count;
}

bool RowIndex::append(const IndexedRows &rows) {
  std::uint64_t hashes[kBatchRows];
  while (indexed < rows.count) {
    const std::size_t begin = indexed, batch = std::min(kBatchRows, rows.count - begin);
    for (std::size_t entry = 0; entry < batch; ++entry)
      if (form == Form::Hashed)
        slots.prefetch(hashes[entry] = hashOf(begin + entry));
      else
        __builtin_prefetch(groups.data() + columns[keys[0]][begin + entry], 1);
    for (std::size_t row = begin; row < begin + batch; ++row) {
      const std::uint32_t number = form == Form::Hashed ? addGroup(hashes[row - begin], row)
                                                        : static_cast<std::uint32_t>(columns[keys[0]][row]);
      if (number == kNoGroup)
        return false;
      TlGroup &group = groups[number];
      const std::uint32_t now = row < boundary ? round - 1 : round;
      if (group.round != now)
        group.old = group.count;
      group.round = now;
      if (group.count == group.stride && !enlarge(group))
        return false;
      put(group, row);
    }
    indexed = begin + batch;
  }
  return true;
}

bool RowIndex::enlarge(TlGroup &group) {
  const std::size_t stride = std::bit_ceil(std::max<std::size_t>(group.count + 1, CellArena::kLeastCells));
  if (!rest.empty()) {
    Cell *moved = arena.take(std::bit_ceil(stride * rest.size()));
    if (!moved)
      return false;
    for (std::size_t position = 0; position < rest.size(); ++position)
      std::copy_n(group.cells + position * group.stride, group.count, moved + position * stride);
    const bool isOwn =
        group.stride != 0 && (group.cells < bulk.data() || group.cells >= bulk.data() + bulk.size());
    if (isOwn)
      arena.giveBack(const_cast<Cell *>(group.cells), std::bit_ceil(group.stride * rest.size()));
    group.cells = moved;
  }
  group.stride = static_cast<std::uint32_t>(stride);
  return true;
}

/// The number of the group with the key of `row`, a new one if need be; kNoGroup when memory runs out.
std::uint32_t RowIndex::addGroup(std::uint64_t hash, std::size_t row) {
  if (!slots.growForOne())
    return kNoGroup;
  std::uint64_t *slot = slots.locate(hash, [&](std::uint64_t other) {
    return hasTagOf(other, hash) && std::all_of(keys.begin(), keys.end(), [&](std::uint32_t column) {
             return columns[column][keyRows[rowOfSlot(other)]] == columns[column][row];
           });
  });
  if (*slot)
    return static_cast<std::uint32_t>(rowOfSlot(*slot));
  if (!groups.growAmortised(groupCount + 1) || !keyRows.growAmortised(groupCount + 1))
    return kNoGroup;
  keyRows[groupCount] = static_cast<std::uint32_t>(row);
  slots.fill(slot, slotOfRow(hash, groupCount));
  return static_cast<std::uint32_t>(groupCount++);
}

const TlGroup *RowIndex::find(const Cell *keyCells) const {
  if (form == Form::Dense)
    return static_cast<std::uint32_t>(keyCells[0]) < static_cast<std::uint64_t>(keyBound)
               ? groups.data() + static_cast<std::uint32_t>(keyCells[0])
               : nullptr;
  if (slots.capacity() == 0)
    return nullptr;
  const std::uint64_t hash = key.hash([keyCells](std::size_t position) { return keyCells[position]; });
  const std::uint64_t slot = *slots.locate(hash, [&](std::uint64_t other) {
    if (!hasTagOf(other, hash))
      return false;
    for (std::size_t position = 0; position < keys.size(); ++position)
      if (columns[keys[position]][keyRows[rowOfSlot(other)]] != keyCells[position])
        return false;
    return true;
  });
  return slot ? groups.data() + rowOfSlot(slot) : nullptr;
}

std::size_t RowIndex::copyRowsBefore(std::uint32_t commit, Cell *first, Cell *second) const {
  assert(form == Form::Dense && rest.size() == 1 && "two columns, one of them the key");
  Cell *const keyCells = keys[0] == 0 ? first : second, *const restCells = keys[0] == 0 ? second : first;
  std::size_t row = 0;
  for (std::size_t number = 0; number < groupCount; ++number) {
    const TlGroup &group = groups[number];
    const std::size_t count = group.round == commit ? group.old : group.count;
    std::fill_n(keyCells + row, count, static_cast<Cell>(number));
    std::copy_n(group.cells, count, restCells + row);
    row += count;
  }
  return row;
}

TlIndex RowIndex::view(std::size_t begin, std::size_t end) const {
  if (begin >= end)
    return {&kEmptyGroup, 0, TlAll, round, ascending, this};
  assert((begin == 0 || begin == boundary) && (end == indexed || (begin == 0 && end == boundary)) &&
         "versions meet at the last commit");
  const TlPart part = begin != 0 ? TlNew : end != indexed ? TlOld : TlAll;
  return {form == Form::Dense ? groups.data() : nullptr, keyBound, part, round, ascending, this};
}

} // namespace tl::runtime
