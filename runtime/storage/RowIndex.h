// Rows of a relation by the cells of some columns.
#pragma once

#include "runtime/abi/KernelAbi.h"
#include "runtime/core/Relation.h"
#include "runtime/storage/CellArena.h"
#include "runtime/storage/RowKey.h"
#include "runtime/storage/SlotTable.h"

#include <cstdint>
#include <vector>

namespace tl::runtime {

/// The committed rows that an index is made from.
struct IndexedRows {
  const Cell *const
      *columns; ///< a pointer that stays while the relation lives; what it points at may move at a commit
  std::size_t arity;
  std::size_t count;
  std::size_t boundary; ///< rows [boundary, count) came with the last commit
  std::uint32_t round;  ///< the number of that commit
};

/// Rows in one contiguous group per key, so that a join walks memory in order; see abi/KernelAbi.h. Groups
/// hold the columns outside the key, in the order in which rows came. They are found by the key itself, when
/// it is one column of not many more values than rows, or else by hashing.
class RowIndex {
public:
  /// `bounds` of the key columns (-1: unknown). Built empty; `update` fills it.
  RowIndex(StorageAccount &account, std::vector<std::uint32_t> keys, std::vector<std::int64_t> bounds);

  bool isFor(const std::vector<std::uint32_t> &wanted) const { return keys == wanted; }
  /// Every commit of the relation updates this index from now on.
  void setGrowing() { growing = true; }
  bool isGrowing() const { return growing; }
  /// Whether the first `rows` rows can be read from here and will never be read again: a growing index that
  /// keeps its groups where they are.
  bool holdsRows(std::size_t rows) const {
    return growing && form == Form::Dense && keyBound == bound && !isBorrowed && indexed == rows;
  }
  /// Writes the two cells of every row that came before commit `round`, group by group; how many there are.
  std::size_t copyRowsBefore(std::uint32_t round, Cell *first, Cell *second) const;

  /// Takes in rows that came since the last update; false when memory runs out. Invalidates groups.
  bool update(const IndexedRows &rows);

  /// The rows [begin, end): none, all, those of the last commit, or those before it.
  TlIndex view(std::size_t begin, std::size_t end) const;
  /// The group with these key cells, null when there is none.
  const TlGroup *find(const Cell *keyCells) const;

private:
  enum class Form { None, Dense, Hashed };

  Form chooseForm(const IndexedRows &rows);
  void restart(const IndexedRows &rows);
  bool build(const IndexedRows &rows, std::size_t count);
  bool append(const IndexedRows &rows);
  bool borrow(const IndexedRows &rows);
  bool countRows(const IndexedRows &rows, std::size_t count, ChargedArray<std::uint32_t> &groupOf);
  void fillGroups(const IndexedRows &rows, std::size_t count, const std::uint32_t *groupOf);
  bool placeGroups(std::size_t rows);
  std::uint64_t hashOf(std::size_t row) const {
    return key.hash([&](std::size_t position) { return columns[keys[position]][row]; });
  }
  std::uint32_t addGroup(std::uint64_t hash, std::size_t row);
  bool enlarge(TlGroup &group);
  void put(TlGroup &group, std::size_t row);

  StorageAccount *account;
  std::vector<std::uint32_t> keys;
  std::vector<std::uint32_t> rest; // the other columns
  std::int64_t bound;              // of a single key column; -1 when unknown or several
  RowKey key;
  bool growing = false;
  Form form = Form::None;
  bool isBorrowed = false;   // cells are the relation's own
  bool ascending = true;     // see TlIndex
  std::size_t indexed = 0;   // rows taken in
  std::size_t boundary = 0;  // of the last commit
  std::uint32_t round = 0;   // number of the last commit
  std::int64_t keyBound = 0; // of a dense index
  const Cell *const *columns = nullptr;
  ChargedArray<TlGroup> groups;
  std::size_t groupCount = 0;
  ChargedArray<Cell> bulk; // cells of the groups as they were first built
  CellArena arena;         // cells of those that have grown since
  // Hashed: slots hold numbers of groups, whose keys are those of a row.
  SlotTable slots;
  ChargedArray<std::uint32_t> keyRows;
};

} // namespace tl::runtime
