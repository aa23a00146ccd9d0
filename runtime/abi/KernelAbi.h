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

/// An index. Grouped when `offsets` is not null: key k (0 <= k < keyBound) has the rows offsets[k] ..
/// offsets[k+1) of `columns`, which are in key order. Otherwise chained: the first row of a key comes from
/// tlLookupFirst, the next from `next`, -1 ends; rows >= end are skipped and so are rows < begin. Rows of a
/// chain descend, so a row < begin may end it too.
struct TlIndex {
  const std::int32_t *const *columns;
  const std::int64_t *offsets;
  std::int64_t keyBound;
  const std::int32_t *next;
  std::int64_t begin;
  std::int64_t end;
  const void *table; ///< runtime::RowIndex
};

/// A relation to probe and insert into.
struct TlRelation {
  void *relation; ///< runtime::ColumnRelation
  /// Binary relations over dense ids keep one bit per possible row: bit (first * secondBound + second) of
  /// `bits`; null otherwise. Only for cells inside the columns' bounds: whoever reads `bits` tests both
  /// first. tlInsertBinary and tlContains test them.
  const std::uint64_t *bits;
  std::int64_t secondBound;
};

/// Of one call: where to stop. Generated loops read `stop` at back-edges of outer loops and leave when it is
/// not 0.
struct TlFrame {
  const volatile std::int32_t *stop;
  void **arguments;   ///< by position: element pointer (dense), element pointer then presence pointer
                      ///< (partial), TlRelation*, TlRows*, TlIndex*, or the value of a scan position
  std::int64_t begin; ///< part of the outermost parallel loop to do
  std::int64_t end;
};

using TlKernel = void (*)(const TlFrame *);

} // extern "C"
