// The layout that generated kernels and the runtime share. Plain C types; every field is read by generated
// code.
#pragma once

#include <cstdint>

extern "C" {

/// Rows [begin, end) of a relation, column by column.
struct TlRows {
  const std::int32_t *const *columns;
  std::int64_t begin;
  std::int64_t end;
};

/// Rows with one key, without the columns of the key: cell r of remaining column c is
/// `cells[c * stride + r]`, 0 <= r < count. Rows [0, old) were there before commit number `round`, when the
/// group changed last.
struct TlGroup {
  const std::int32_t *cells;
  std::uint32_t stride;
  std::uint32_t count;
  std::uint32_t old;
  std::uint32_t round;
};

/// Which rows of a group a view shows.
enum TlPart : std::uint32_t { TlAll, TlOld, TlNew };

/// An index. When `groups` is not null, the group of key k is groups[k] for 0 <= k < keyBound, and other keys
/// have no rows; otherwise tlFindGroup gives it. Old rows are those before commit number `round`: a group
/// with another number has no new ones.
struct TlIndex {
  const TlGroup *groups;
  std::int64_t keyBound;
  TlPart part;
  std::uint32_t round;
  std::int32_t ascending; ///< the cells of the first remaining column ascend in every group
  const void *table;      ///< runtime::RowIndex
};

/// Distinct cells; `ascending` when they are in order.
struct TlList {
  const std::int32_t *cells;
  std::int64_t count;
  std::int64_t ascending;
};

/// A relation to probe and insert into.
struct TlRelation {
  void *relation; ///< runtime::ColumnRelation
  /// Binary relations over dense ids keep one bit per possible row: bit (first * secondBound + second) of
  /// `bits`; null otherwise. Only for cells inside the columns' bounds: whoever reads `bits` tests both
  /// first. tlInsertBinary and tlContains test them.
  const std::uint64_t *bits;
  std::int64_t secondBound;
  /// Where rows go: the relation itself, or, with the lowest bit set, a runtime::InsertBuffer.
  void *sink;
};

/// Elements of the destination that became better in this round of a recursion: the row-major places
/// places[0, count), each once. `marks` has a byte for every element, 1 for those; `places` has room for one
/// entry more than there are elements.
struct TlChanges {
  std::uint8_t *marks;
  std::int64_t *places;
  std::int64_t count;
};

/// Of one call: where to stop. Generated loops read `stop` at back-edges of outer loops and leave when it is
/// not 0.
struct TlFrame {
  const volatile std::int32_t *stop;
  void **arguments;   ///< by position: element pointer (dense), element pointer then presence pointer
                      ///< (partial), TlRelation*, TlRows*, TlIndex*, or the value of a scan position
  std::int64_t begin; ///< part of the outermost parallel loop to do
  std::int64_t end;
  void *workspace;    ///< runtime::Workspace of this part
  TlChanges *changes; ///< of a tracked destination, else null
};

using TlKernel = void (*)(const TlFrame *);

} // extern "C"
