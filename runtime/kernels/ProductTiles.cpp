// Tiles held in registers, compiled once for each vector unit. This file is compiled with contraction of
// multiplications and additions, which is what makes a tile run at the speed of the machine.
#include "runtime/kernels/ProductTiles.h"

#include <cstring>

namespace tl::runtime {
namespace {

constexpr std::int64_t kVectorBytes = 64;

template <typename T> struct VectorOf {
  using Type [[gnu::vector_size(kVectorBytes)]] = T;
};
template <typename T> using Vector = typename VectorOf<T>::Type;
template <typename T> constexpr std::int64_t kLanes = kVectorBytes / static_cast<std::int64_t>(sizeof(T));

template <typename T> [[gnu::always_inline]] inline void loadVector(Vector<T> &vector, const T *from) {
  std::memcpy(&vector, from, sizeof(vector));
}

template <typename T> [[gnu::always_inline]] inline void storeVector(T *to, const Vector<T> &vector) {
  std::memcpy(to, &vector, sizeof(vector));
}

inline bool isStepOne(const std::int64_t *offsets, std::int64_t count) {
  return count < 2 || offsets[count - 1] - offsets[0] == count - 1;
}

/// Offsets ascend by equal steps within a panel where both ends say so; only then are they runs in memory.
inline bool isRun(const std::int64_t *offsets, std::int64_t count) {
  if (!isStepOne(offsets, count))
    return false;
  for (std::int64_t entry = 1; entry < count; ++entry)
    if (offsets[entry] != offsets[0] + entry)
      return false;
  return true;
}

template <typename T, std::int64_t width>
[[gnu::always_inline]] inline void pack(const PanelSource<T> &source, T *to) {
  if (source.count == width && isRun(source.vectors, width)) {
    const T *from = source.from + source.vectors[0];
    for (std::int64_t k = 0; k < source.depth; ++k)
      std::memcpy(to + k * width, from + source.depths[k], static_cast<std::size_t>(width) * sizeof(T));
    return;
  }
  if (isRun(source.vectors, source.count)) {
    const T *from = source.from + source.vectors[0];
    for (std::int64_t k = 0; k < source.depth; ++k) {
      T *row = to + k * width;
      for (std::int64_t v = 0; v < source.count; ++v)
        row[v] = from[source.depths[k] + v];
      for (std::int64_t v = source.count; v < width; ++v)
        row[v] = 0;
    }
    return;
  }
  // A block of depth at a time, so that the lines written stay in the nearest cache while every vector
  // passes.
  constexpr std::int64_t kBlock = 64;
  for (std::int64_t begin = 0; begin < source.depth; begin += kBlock) {
    const std::int64_t end = begin + kBlock < source.depth ? begin + kBlock : source.depth;
    const bool areRuns = isRun(source.depths + begin, end - begin);
    for (std::int64_t v = 0; v < width; ++v) {
      if (v >= source.count) {
        for (std::int64_t k = begin; k < end; ++k)
          to[k * width + v] = 0;
        continue;
      }
      const T *from = source.from + source.vectors[v];
      if (areRuns)
        for (std::int64_t k = begin, first = source.depths[begin]; k < end; ++k)
          to[k * width + v] = from[first + k - begin];
      else
        for (std::int64_t k = begin; k < end; ++k)
          to[k * width + v] = from[source.depths[k]];
    }
  }
}

template <typename T, std::int64_t height, std::int64_t vectors>
[[gnu::always_inline]] inline void addTile(const ProductTile<T> &tile,
                                           const Vector<T> (&sums)[height][vectors]) {
  constexpr std::int64_t kWidth = vectors * kLanes<T>;
  if (tile.isContiguous && tile.columnCount == kWidth) {
    for (std::int64_t i = 0; i < tile.rowCount; ++i) {
      T *to = tile.to + tile.rows[i] + tile.columns[0];
      for (std::int64_t part = 0; part < vectors; ++part) {
        Vector<T> old = {};
        if (!tile.isFresh)
          loadVector<T>(old, to + part * kLanes<T>);
        storeVector<T>(to + part * kLanes<T>, old + sums[i][part]);
      }
    }
    return;
  }
  for (std::int64_t i = 0; i < tile.rowCount; ++i) {
    T row[kWidth];
    std::memcpy(row, sums[i], sizeof(row));
    if (tile.isContiguous) {
      T *to = tile.to + tile.rows[i] + tile.columns[0];
      if (tile.isFresh)
        for (std::int64_t j = 0; j < tile.columnCount; ++j)
          to[j] = T{0} + row[j];
      else
        for (std::int64_t j = 0; j < tile.columnCount; ++j)
          to[j] += row[j];
      continue;
    }
    for (std::int64_t j = 0; j < tile.columnCount; ++j) {
      T *to = tile.to + tile.rows[i] + tile.columns[j];
      *to = (tile.isFresh ? T{0} : *to) + row[j];
    }
  }
}

/// The first `height` rows of a panel of `panelRows`, and the first `vectors` of its columns.
template <typename T, std::int64_t height, std::int64_t panelRows, std::int64_t vectors>
[[gnu::always_inline]] inline void multiplyRows(const ProductTile<T> &tile) {
  Vector<T> sums[height][vectors] = {};
  const T *lhs = tile.lhs, *rhs = tile.rhs;
  for (std::int64_t k = 0; k < tile.depth; ++k, lhs += panelRows, rhs += tile.rhsStride) {
    Vector<T> right[vectors];
    for (std::int64_t part = 0; part < vectors; ++part)
      loadVector<T>(right[part], rhs + part * kLanes<T>);
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < height; ++i)
#pragma GCC unroll 4
      for (std::int64_t part = 0; part < vectors; ++part)
        sums[i][part] += lhs[i] * right[part];
  }
  addTile<T, height, vectors>(tile, sums);
}

/// The same with the elements of the left side where they lie. Rows beyond the last one repeat it and are not
/// stored.
template <typename T, std::int64_t height, std::int64_t vectors>
[[gnu::always_inline]] inline void multiplyLying(const ProductTile<T> &tile) {
  Vector<T> sums[height][vectors] = {};
  const T *lhs[height], *rhs = tile.rhs;
  for (std::int64_t i = 0; i < height; ++i)
    lhs[i] = tile.lhs + tile.lhsRows[i < tile.rowCount ? i : tile.rowCount - 1];
  for (std::int64_t k = 0, place = 0; k < tile.depth; ++k, place += tile.lhsStep, rhs += tile.rhsStride) {
    Vector<T> right[vectors];
    for (std::int64_t part = 0; part < vectors; ++part)
      loadVector<T>(right[part], rhs + part * kLanes<T>);
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < height; ++i)
#pragma GCC unroll 4
      for (std::int64_t part = 0; part < vectors; ++part)
        sums[i][part] += lhs[i][place] * right[part];
  }
  addTile<T, height, vectors>(tile, sums);
}

template <typename T, std::int64_t height, std::int64_t panelRows, std::int64_t vectors>
[[gnu::always_inline]] inline void multiplySide(const ProductTile<T> &tile) {
  if (tile.lhsRows)
    return multiplyLying<T, height, vectors>(tile);
  multiplyRows<T, height, panelRows, vectors>(tile);
}

/// A panel that is not full does little more than its share of the work.
template <typename T, std::int64_t panelRows, std::int64_t vectors>
[[gnu::always_inline]] inline void multiplyColumns(const ProductTile<T> &tile) {
  if (tile.rowCount <= 1)
    return multiplySide<T, 1, panelRows, vectors>(tile);
  if (panelRows > 4 && tile.rowCount <= 4)
    return multiplySide<T, 4, panelRows, vectors>(tile);
  if (panelRows > 8 && tile.rowCount <= 8)
    return multiplySide<T, 8, panelRows, vectors>(tile);
  multiplySide<T, panelRows, panelRows, vectors>(tile);
}

template <typename T, std::int64_t panelRows, std::int64_t vectors>
[[gnu::always_inline]] inline void multiplyTile(const ProductTile<T> &tile) {
  if (vectors > 1 && tile.columnCount <= kLanes<T>)
    return multiplyColumns<T, panelRows, 1>(tile);
  multiplyColumns<T, panelRows, vectors>(tile);
}

#define TL_PRODUCT_UNIT(name, attributes, height, vectors)                                                   \
  template <typename T> attributes void packRows##name(const PanelSource<T> &source, T *to) {                \
    pack<T, height>(source, to);                                                                             \
  }                                                                                                          \
  template <typename T> attributes void packColumns##name(const PanelSource<T> &source, T *to) {             \
    pack<T, vectors * kLanes<T>>(source, to);                                                                \
  }                                                                                                          \
  template <typename T> attributes void multiply##name(const ProductTile<T> &tile) {                         \
    multiplyTile<T, height, vectors>(tile);                                                                  \
  }                                                                                                          \
  template <typename T>                                                                                      \
  constexpr ProductUnit<T> kUnit##name{height, vectors * kLanes<T>, packRows##name<T>, packColumns##name<T>, \
                                       multiply##name<T>};

// As many sums as the registers hold, beside the vectors of one row of the right side and one element of the
// left.
TL_PRODUCT_UNIT(Baseline, , 2, 1)
TL_PRODUCT_UNIT(Avx2, [[gnu::target("avx2,fma")]], 6, 1)
TL_PRODUCT_UNIT(Avx512, [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,fma")]], 14, 2)
#undef TL_PRODUCT_UNIT

} // namespace

template <typename T> const ProductUnit<T> &productUnit(VectorUnit unit) {
  switch (unit) {
  case VectorUnit::Baseline:
    return kUnitBaseline<T>;
  case VectorUnit::Avx2:
    return kUnitAvx2<T>;
  case VectorUnit::Avx512:
    return kUnitAvx512<T>;
  }
  __builtin_unreachable();
}

template const ProductUnit<float> &productUnit<float>(VectorUnit unit);
template const ProductUnit<double> &productUnit<double>(VectorUnit unit);

} // namespace tl::runtime
