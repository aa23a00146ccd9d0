// A growing relation: columns of 32-bit cells, a duplicate filter, and indexes kept up to date.
#pragma once

#include "runtime/abi/KernelAbi.h"
#include "runtime/core/Memory.h"
#include "runtime/core/Relation.h"
#include "runtime/storage/InsertBuffer.h"
#include "runtime/storage/RowIndex.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tl::runtime {

/// Numbered rows. `insert` stages a row unless it is present already; `commit` appends what is staged, part
/// by part (see RowParts) in the order of insertion, which becomes the delta. Between commits the committed
/// columns do not move, so loops over them may insert. One thread writes; any number may read while none
/// writes. Of a large relation with a bit for every possible row, or with growing indexes that have its rows
/// in their groups, only the delta is kept as rows, until somebody asks for others: then they come from the
/// index, or from the bits, in the order of their cells. So a closure that is only counted, tested or joined
/// never takes memory for its rows.
class ColumnRelation {
public:
  static constexpr std::size_t kMaxArity = 32;

  /// `bounds` per column: one more than the largest cell, or -1 when unknown (negative cells possible). A
  /// bounded column holds no cell outside [0, bound): inserting such a row does nothing, like writing outside
  /// a tensor.
  ColumnRelation(MemoryBudget &budget, std::vector<std::int64_t> bounds, std::string name);
  ~ColumnRelation();
  ColumnRelation(ColumnRelation &&) noexcept;

  /// Fills an empty relation with distinct rows at once and commits. Fails on a cell outside its bound.
  Result<void> assign(const Relation &rows);
  /// The committed rows.
  Result<Relation> toRelation() const;

  std::size_t arity() const;
  const std::vector<std::int64_t> &bounds() const; ///< by column, at most 2^31
  std::size_t size() const;                        ///< committed rows
  std::size_t deltaBegin() const;                  ///< rows [deltaBegin, size) came with the last commit
  const Cell *column(std::size_t position);
  bool contains(const Cell *row) const; ///< committed or staged; false for all once memory has run out

  /// False once memory has run out: the rest of the round is pointless, `commit` reports it.
  bool insert(const Cell *row);
  /// `insert` for two columns.
  bool insertBinary(Cell first, Cell second);
  /// `insertBinary` of `first` with each of `seconds`, in their order.
  bool insertRun(Cell first, std::span<const Cell> seconds);
  /// How `insertBuffered` is shared out.
  const RowParts &parts() const;
  /// Whether threads may call `insertBuffered` at a time for different parts, until anything else is called.
  bool prepareParts();
  /// Inserts what the buffers hold of a part, in their order; false once memory has run out. Rows come into
  /// the order that inserting them one by one gives.
  bool insertBuffered(std::size_t part, std::span<const std::unique_ptr<InsertBuffer>> buffers);
  /// Gives up: some thread had no memory for `bytes` more.
  void refuseBuffered(std::size_t bytes);
  /// Committed and staged rows together.
  std::size_t countKnown();
  /// Appends staged rows and updates every growing index; the number of new rows.
  Result<std::size_t> commit();
  /// Forgets that the last rows were new: delta becomes empty.
  void settle();

  /// The index by `keys` (column numbers, ascending), brought up to date. `growing`: kept up to date by every
  /// `commit`; otherwise after more rows have come `index` has to be called again.
  Result<const RowIndex *> index(const std::vector<std::uint32_t> &keys, bool growing);

  /// What kernels read; valid until the next commit. The columns are not to be looked at unless `readsCells`.
  Result<TlRows> rows(std::size_t begin, std::size_t end, bool readsCells = true);
  /// What kernels probe and insert into; builds the duplicate filter if there is none yet. Valid until the
  /// next commit, and for as long as this relation stays in its place.
  Result<TlRelation> access();
  /// The bitmap of a binary relation that has one: bit (first * bound of the second column + second). Else
  /// null.
  const std::uint64_t *bits() const;
  /// An integer that no cell can hold was to be inserted: `commit` fails and says so.
  void refuseCell();
  /// Sets `flag` to 1 once an insertion fails, so that the loops around it can end; null: nothing is set.
  /// `flag` outlives the relation, or the next call of this.
  void stopWhenFull(std::atomic<std::int32_t> *flag);

  const std::string &name() const;

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::runtime
