// Normalisation of contiguous rows, for each vector unit of the machine.
#pragma once

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

/// Instructions to use; all give the same bits.
enum class VectorUnit { Baseline, Avx2, Avx512 };

/// The widest unit of this machine.
VectorUnit widestVectorUnit();

/// Rows of `length` elements one behind the other. `out` is `in` or does not overlap it.
template <typename T> struct ContiguousRows {
  NormalizationKind kind = NormalizationKind::Softmax;
  const T *in = nullptr;
  T *out = nullptr;
  std::int64_t length = 0;
  double eps = 0;
};

/// Normalises rows [from, to). Sums go element i to lane i % 16, lanes pairwise, blocks of 4096 elements in
/// f64: the order is fixed and depends on the length alone.
void normalizeRows(VectorUnit unit, const ContiguousRows<float> &rows, std::int64_t from, std::int64_t to);
void normalizeRows(VectorUnit unit, const ContiguousRows<double> &rows, std::int64_t from, std::int64_t to);

} // namespace tl::runtime
