// Row kernels, compiled once for each vector unit.
#include "runtime/kernels/NormalizeRows.h"

#include "runtime/kernels/Pack.h"

#include <algorithm>
#include <cmath>

namespace tl::runtime {
namespace {

constexpr std::int64_t kBlockElements = 4096;

/// What is summed over a row. `store` terms also go to `out`.
enum class Term { Plain, Square, SquaredDifference, Exponential, StoredExponential };

template <Term term, typename T>
[[gnu::always_inline]] inline double sumOf(const T *in, [[maybe_unused]] T *out, std::int64_t length,
                                           T offset) {
  double total = 0;
  for (std::int64_t begin = 0; begin < length; begin += kBlockElements) {
    std::int64_t end = std::min(length, begin + kBlockElements);
    Pack<T> sums = {};
    for (std::int64_t position = begin; position < end; position += kLanes) {
      Pack<T> x;
      load<T>(x, in + position, end - position, T{0});
      if constexpr (term == Term::SquaredDifference || term == Term::Exponential ||
                    term == Term::StoredExponential)
        x = x - offset;
      if constexpr (term == Term::Square || term == Term::SquaredDifference)
        x = x * x;
      if constexpr (term == Term::Exponential || term == Term::StoredExponential)
        exponentiate<T>(x);
      if constexpr (term == Term::StoredExponential)
        store<T>(out + position, x, end - position);
      accumulate<T>(sums, x, end - position);
    }
    total += sumOfLanes<T>(sums);
  }
  return total;
}

template <typename T> [[gnu::always_inline]] inline T largest(const T *in, std::int64_t length) {
  constexpr T kLeast = -std::numeric_limits<T>::infinity();
  Pack<T> most = Pack<T>{} + kLeast;
  for (std::int64_t position = 0; position < length; position += kLanes) {
    Pack<T> x;
    load<T>(x, in + position, length - position, kLeast);
    most = x > most ? x : most;
  }
  T result = kLeast;
  for (std::int64_t lane = 0; lane < kLanes; ++lane)
    result = most[lane] > result ? most[lane] : result;
  return result;
}

/// out = (in - offset) * factor
template <typename T>
[[gnu::always_inline]] inline void shiftAndScale(const T *in, T *out, std::int64_t length, T offset,
                                                 T factor) {
  for (std::int64_t position = 0; position < length; position += kLanes) {
    Pack<T> x;
    load<T>(x, in + position, length - position, T{0});
    x = (x - offset) * factor;
    store<T>(out + position, x, length - position);
  }
}

/// out = in - offset - second
template <typename T>
[[gnu::always_inline]] inline void shiftTwice(const T *in, T *out, std::int64_t length, T offset, T second) {
  for (std::int64_t position = 0; position < length; position += kLanes) {
    Pack<T> x;
    load<T>(x, in + position, length - position, T{0});
    x = x - offset - second;
    store<T>(out + position, x, length - position);
  }
}

template <typename T>
[[gnu::always_inline]] inline void normalizeRow(NormalizationKind kind, const T *in, T *out,
                                                std::int64_t length, double eps) {
  double count = static_cast<double>(length);
  switch (kind) {
  case NormalizationKind::Softmax: {
    double sum = sumOf<Term::StoredExponential>(in, out, length, largest(in, length));
    return shiftAndScale<T>(out, out, length, T{0}, static_cast<T>(1 / sum));
  }
  case NormalizationKind::LogSoftmax: {
    T most = largest(in, length);
    double sum = sumOf<Term::Exponential>(in, out, length, most);
    return shiftTwice<T>(in, out, length, most, static_cast<T>(std::log(sum)));
  }
  case NormalizationKind::LayerNorm: {
    T mean = static_cast<T>(sumOf<Term::Plain>(in, out, length, T{0}) / count);
    double variance = sumOf<Term::SquaredDifference>(in, out, length, mean) / count;
    return shiftAndScale<T>(in, out, length, mean, static_cast<T>(1 / std::sqrt(variance + eps)));
  }
  case NormalizationKind::RmsNorm: {
    double meanSquare = sumOf<Term::Square>(in, out, length, T{0}) / count;
    return shiftAndScale<T>(in, out, length, T{0}, static_cast<T>(1 / std::sqrt(meanSquare + eps)));
  }
  case NormalizationKind::L2Norm: {
    double norm = std::sqrt(sumOf<Term::Square>(in, out, length, T{0}));
    return shiftAndScale<T>(in, out, length, T{0}, static_cast<T>(1 / (norm < eps ? eps : norm)));
  }
  }
}

template <typename T>
[[gnu::always_inline]] inline void normalizeEach(const ContiguousRows<T> &rows, std::int64_t from,
                                                 std::int64_t to) {
  for (std::int64_t row = from; row < to; ++row)
    normalizeRow<T>(rows.kind, rows.in + row * rows.length, rows.out + row * rows.length, rows.length,
                    rows.eps);
}

// One entry for each unit; what they call is inlined into them and so compiled for their unit.
template <typename T>
void normalizeBaseline(const ContiguousRows<T> &rows, std::int64_t from, std::int64_t to) {
  normalizeEach<T>(rows, from, to);
}

template <typename T>
[[gnu::target("avx2")]] void normalizeAvx2(const ContiguousRows<T> &rows, std::int64_t from,
                                           std::int64_t to) {
  normalizeEach<T>(rows, from, to);
}

template <typename T>
[[gnu::target("avx512f,avx512dq,avx512bw,avx512vl")]] void
normalizeAvx512(const ContiguousRows<T> &rows, std::int64_t from, std::int64_t to) {
  normalizeEach<T>(rows, from, to);
}

template <typename T>
void dispatch(VectorUnit unit, const ContiguousRows<T> &rows, std::int64_t from, std::int64_t to) {
  switch (unit) {
  case VectorUnit::Baseline:
    return normalizeBaseline<T>(rows, from, to);
  case VectorUnit::Avx2:
    return normalizeAvx2<T>(rows, from, to);
  case VectorUnit::Avx512:
    return normalizeAvx512<T>(rows, from, to);
  }
}

} // namespace

void normalizeRows(VectorUnit unit, const ContiguousRows<float> &rows, std::int64_t from, std::int64_t to) {
  dispatch(unit, rows, from, to);
}

void normalizeRows(VectorUnit unit, const ContiguousRows<double> &rows, std::int64_t from, std::int64_t to) {
  dispatch(unit, rows, from, to);
}

} // namespace tl::runtime
