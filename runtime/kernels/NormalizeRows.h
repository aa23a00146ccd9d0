// Normalisation of contiguous rows, for each vector unit of the machine.
#pragma once

#include "runtime/kernels/VectorUnit.h"

#include <cstdint>

namespace tl::runtime {

/// Of a row x with n elements:
enum class NormalizationKind {
  Softmax,    ///< exp(x - max) / sum
  LogSoftmax, ///< x - max - log(sum exp(x - max))
  LayerNorm,  ///< (x - mean) / sqrt(variance + eps), variance over n
  RmsNorm,    ///< x / sqrt(mean of squares + eps)
  L2Norm,     ///< x / max(sqrt(sum of squares), eps)
};

/// Rows of `length` elements one behind the other. `out` is `in` or does not overlap it.
template <typename T> struct ContiguousRows {
  NormalizationKind kind = NormalizationKind::Softmax;
  const T *in = nullptr;
  T *out = nullptr;
  std::int64_t length = 0;
  double eps = 0;
};

/// Normalises rows [from, to); every unit gives the same bits. Sums go element i to lane i % 16, lanes pairwise, blocks of 4096 elements in
/// f64: the order is fixed and depends on the length alone.
void normalizeRows(VectorUnit unit, const ContiguousRows<float> &rows, std::int64_t from, std::int64_t to);
void normalizeRows(VectorUnit unit, const ContiguousRows<double> &rows, std::int64_t from, std::int64_t to);

} // namespace tl::runtime
