// The duplicate filter of a growing relation: which rows it holds.
#pragma once

#include "runtime/storage/CellSets.h"
#include "runtime/storage/RowKey.h"
#include "runtime/storage/RowStore.h"
#include "runtime/storage/SlotTable.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tl::runtime {

/// Knows every row of a `RowStore` and stages the new ones. Takes one of four forms, chosen by the columns'
/// bounds and the number of rows and chosen again when a table would have to grow:
///  - bits: one bit per possible row, for one or two bounded columns, when that is small or no larger than
///  the table;
///  - sets: one set of second cells per first cell, for two bounded columns with not many more first cells
///  than rows;
///  - keys: a table of whole rows as mixed 64-bit keys, when the columns fit;
///  - rows: a table of row numbers beside 32 bits of hash.
/// Tables take rows in batches, so that the cache misses of a batch overlap. Row order does not depend on the
/// form.
class RowFilter {
public:
  RowFilter(StorageAccount &account, RowStore &store, const std::vector<std::int64_t> &bounds);

  /// Builds the filter over the committed rows; false when memory runs out. Until then the filter is not
  /// built, which costs nothing for relations that are only read.
  bool build();
  bool isBuilt() const { return form != Form::None; }
  /// Whether it has taken the form `sets`: like `bits`, it never looks at committed rows again.
  bool isOfSets() const { return form == Form::Sets; }

  /// Whether every cell is below its column's bound (and not negative where there is one).
  bool isInside(const Cell *row) const {
    for (std::size_t column = 0; column < limits.size(); ++column)
      if (static_cast<std::uint32_t>(row[column]) >= limits[column])
        return false;
    return true;
  }

  bool isFirst(Cell first) const { return static_cast<std::uint32_t>(first) < limits[0]; }

  /// Stages a row that is inside, unless it is known. False when memory runs out. The filter is built.
  bool insert(const Cell *row) {
    if (form == Form::Bits)
      return insertBit(row);
    if (form == Form::Sets) {
      sets.prefetch(row[0]);
    } else {
      std::uint64_t hash = key.hash([row](std::size_t column) { return row[column]; });
      table.prefetch(hash);
      hashes[pending] = hash;
    }
    for (std::size_t column = 0; column < limits.size(); ++column)
      cells[pending * limits.size() + column] = row[column];
    return ++pending < kBatchRows || drain();
  }
  /// `insert` for the pairs of `first` with each of `seconds`; those that are not inside are left out.
  bool insertRun(Cell first, std::span<const Cell> seconds);
  /// Whether threads may insert at a time into different parts of the store, by `insertIntoPart`. Settles the
  /// form until anything else is called. False also when memory runs out.
  bool prepareParts();
  /// `insertRun` between `prepareParts` and whatever is called next.
  bool insertIntoPart(Cell first, std::span<const Cell> seconds);
  /// Stages what is new in the current batch; needed before rows are counted. False when memory runs out.
  bool drain();
  /// For a row that is inside. The filter is built.
  bool contains(const Cell *row) const;

  /// The bitmap of the form `bits`, else null. It stays where it is once it exists.
  const std::uint64_t *bits() const { return form == Form::Bits ? words.data() : nullptr; }
  std::uint64_t bitOf(const Cell *row) const {
    std::uint64_t first = static_cast<std::uint32_t>(row[0]);
    return limits.size() == 2 ? first * limits[1] + static_cast<std::uint32_t>(row[1]) : first;
  }

private:
  enum class Form { None, Bits, Sets, Keys, Rows };
  static constexpr std::size_t kBatchRows = 32;

  bool insertBit(const Cell *row) { return insertBit(row, store.stagedWith(row[0])); }
  bool insertBit(const Cell *row, StagedRows &staged) {
    std::uint64_t bit = bitOf(row), mask = std::uint64_t{1} << (bit % 64);
    std::uint64_t &word = words[bit / 64];
    if (word & mask)
      return true;
    word |= mask;
    return staged.push(row);
  }
  bool insertIntoSet(const Cell *row) { return insertIntoSet(row, store.stagedWith(row[0])); }
  bool insertIntoSet(const Cell *row, StagedRows &staged) {
    CellSets::Outcome outcome = sets.insert(row[0], row[1]);
    return outcome == CellSets::Outcome::Known || (outcome == CellSets::Outcome::Added && staged.push(row));
  }
  bool insertHashed(std::uint64_t hash, const Cell *row);
  bool isKnown(std::uint64_t hash, const Cell *row) const;
  std::uint64_t *locate(std::uint64_t hash, const Cell *row) const;
  std::uint64_t hashOf(std::size_t row) const {
    return key.hash([this, row](std::size_t column) { return store.cell(row, column); });
  }

  bool enlarge();
  bool useTable(std::size_t capacity);
  bool useBits();
  bool useSets();
  /// Sets that take more memory than a bitmap give way to it.
  void reconsiderSets() {
    if (form == Form::Sets && possibleRows && bitmapBytes() <= sets.bytes())
      useBits();
  }
  bool canUseSets(std::uint64_t firstCells) const;
  bool isBitmapSmall() const;
  std::size_t bitmapBytes() const { return (possibleRows + 63) / 64 * 8; }

  StorageAccount &account;
  RowStore &store;
  RowKey key;
  std::vector<std::uint64_t> limits; // per column; 2^32 when unbounded
  std::uint64_t possibleRows = 0;    // 0 when a bitmap is out of the question
  Form form = Form::None;
  ChargedArray<std::uint64_t> words;
  CellSets sets;
  SlotTable table;
  bool hasZeroKey = false; // the form `keys` cannot store the key 0 in a slot
  std::size_t pending = 0;
  std::uint64_t hashes[kBatchRows];
  std::vector<Cell> cells; // of the batch, row after row
};

} // namespace tl::runtime
