// The inner tiles of a matrix product, for each vector unit of the machine.
#pragma once

#include "runtime/kernels/VectorUnit.h"

#include <cstdint>

namespace tl::runtime {

/// `count` vectors of `depth` elements to lay out side by side: element (v, k) is at from[vectors[v] +
/// depths[k]].
template <typename T> struct PanelSource {
  const T *from = nullptr;
  const std::int64_t *vectors = nullptr;
  const std::int64_t *depths = nullptr;
  std::int64_t count = 0;
  std::int64_t depth = 0;
};

/// One tile: to[rows[i] + columns[j]] += sum over k < depth of left(i, k) * rhs[k * rhsStride + j], for
/// i < rowCount and j < columnCount. left(i, k) is lhs[k * tileRows + i] of a panel or, with `lhsRows`, the
/// element lhs[lhsRows[i] + k * lhsStep] where it lies. `isContiguous`: columns[j] is columns[0] + j.
/// `isFresh`: what was there before counts as 0.
template <typename T> struct ProductTile {
  std::int64_t depth = 0;
  const T *lhs = nullptr;
  const T *rhs = nullptr;
  std::int64_t rhsStride = 0;
  T *to = nullptr;
  const std::int64_t *rows = nullptr;
  const std::int64_t *columns = nullptr;
  std::int64_t rowCount = 0;
  std::int64_t columnCount = 0;
  bool isContiguous = false;
  bool isFresh = false;
  const std::int64_t *lhsRows = nullptr;
  std::int64_t lhsStep = 0;
};

/// The tile of one vector unit: `tileRows` by `tileColumns` results are held in registers.
template <typename T> struct ProductUnit {
  std::int64_t tileRows;
  std::int64_t tileColumns;
  /// Lays out a panel, element (v, k) at to[k * width + v]; vectors from `count` up to the width become 0.
  void (*packRows)(const PanelSource<T> &source, T *to);
  void (*packColumns)(const PanelSource<T> &source, T *to);
  /// Sums over k in ascending order, each result by itself: the bits do not depend on where tiles begin.
  void (*multiply)(const ProductTile<T> &tile);
};

template <typename T> const ProductUnit<T> &productUnit(VectorUnit unit);

} // namespace tl::runtime
