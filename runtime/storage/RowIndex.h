// Rows of a relation by the cells of some columns.
#pragma once

#include "runtime/abi/KernelAbi.h"
#include "runtime/core/Relation.h"
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
};

/// What generated code sees of an index, see abi/KernelAbi.h. Two forms:
///  - grouped: rows sorted by the single key column, `offsets[key] .. offsets[key + 1]` are positions into
///  `columns`
///    (in that order: a copy, or the relation's own columns when their rows are in that order already); for
///    relations that no longer grow;
///  - chained: the newest row of a key, then by `next[row]` the next older row; for relations that grow, and
///  for keys of
///    several columns or of a sparse one.
/// Rows of a chain have descending numbers.
class RowIndex {
public:
  /// `bounds` of the key columns (-1: unknown). Built empty; `update` fills it.
  RowIndex(StorageAccount &account, std::vector<std::uint32_t> keys, std::vector<std::int64_t> bounds,
           bool growing);

  bool isFor(const std::vector<std::uint32_t> &wanted, bool wantedGrowing) const {
    return keys == wanted && growing == wantedGrowing;
  }
  bool isGrowing() const { return growing; }

  /// Takes in rows that came since the last update; false when memory runs out.
  bool update(const IndexedRows &rows);

  /// The rows [begin, end) of those indexed. A grouped index gives all of them or, when begin == end, none.
  TlIndex view(std::int64_t begin, std::int64_t end) const;
  /// The newest row with these key cells, -1 when there is none; only of a chained index.
  std::int64_t first(const Cell *keyCells) const;

private:
  enum class Form { None, Grouped, Heads, Hashed };

  Form chooseForm(const IndexedRows &rows);
  bool group(const IndexedRows &rows);
  bool scatter(const IndexedRows &rows);
  bool chainByHeads(const IndexedRows &rows);
  bool chainByHash(const IndexedRows &rows);
  bool link(std::size_t row, std::uint64_t hash);
  bool hasKeys(std::size_t row, const Cell *keyCells) const;
  void restart(Form chosen);

  StorageAccount *account;
  std::vector<std::uint32_t> keys;
  std::int64_t bound; // of a single key column; -1 when unknown or several
  RowKey key;
  bool growing;
  Form form = Form::None;
  std::int64_t keyBound = 0; // of the built grouped or headed index
  std::size_t indexed = 0;   // rows taken in
  const Cell *const *columns = nullptr;
  // Grouped.
  ChargedArray<std::int64_t> offsets;
  std::vector<ChargedArray<Cell>> copies;
  std::vector<const Cell *> copyPointers;
  // Chained: entries are row + 1 in `heads`, so that zeroed memory is empty.
  ChargedArray<std::int32_t> heads;
  ChargedArray<std::int32_t> next;
  SlotTable slots;
};

} // namespace tl::runtime
