// Sixteen elements at once, as wide vector instructions or as several narrow ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

namespace tl::runtime {

inline constexpr std::int64_t kLanes = 16;

/// 1 / k! for every term of the longest series for exp.
struct InverseFactorials {
  double of[14];
  constexpr InverseFactorials() : of{1} {
    double factorial = 1;
    for (int term = 1; term < 14; ++term)
      of[term] = 1 / (factorial *= term);
  }
};
inline constexpr InverseFactorials kInverseFactorials;

/// Types and constants of one element type. Packs travel by reference: by value their ABI depends on the
/// vector unit.
template <typename T> struct PackOf;

template <> struct PackOf<float> {
  using Type [[gnu::vector_size(64)]] = float;
  using Bits [[gnu::vector_size(64)]] = std::int32_t;
  static constexpr float kLeastExponent = -104; // exp rounds to 0
  static constexpr float kRounding = 12582912;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  static constexpr std::int32_t kRoundingBits = 0x4B400000;
  static constexpr int kMantissaBits = 23;
  static constexpr std::int32_t kBias = 127;
  static constexpr float kLog2e = 0x1.715476p0f;
  static constexpr float kLn2High = 0x1.63p-1f; // few bits: its product with the exponent is exact
  static constexpr float kLn2Low = -2.12194440e-4f;
  static constexpr int kTerms = 7; // of the Taylor series; the rest is below half an ulp
};

template <> struct PackOf<double> {
  using Type [[gnu::vector_size(128)]] = double;
  using Bits [[gnu::vector_size(128)]] = std::int64_t;
  static constexpr double kLeastExponent = -746;
  static constexpr double kRounding = 6755399441055744; // 1.5 * 2^52
  static constexpr std::int64_t kRoundingBits = 0x4338000000000000;
  static constexpr int kMantissaBits = 52;
  static constexpr std::int64_t kBias = 1023;
  static constexpr double kLog2e = 0x1.71547652b82fep0;
  static constexpr double kLn2High = 0x1.62e42fee00000p-1;
  static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr int kTerms = 13;
};

template <typename T> using Pack = typename PackOf<T>::Type;

/// The first `count` elements; lanes behind them get `fill`.
template <typename T>
[[gnu::always_inline]] inline void load(Pack<T> &pack, const T *from, std::int64_t count, T fill) {
  if (count >= kLanes) {
    std::memcpy(&pack, from, sizeof(pack));
    return;
  }
  pack = Pack<T>{} + fill;
  for (std::int64_t lane = 0; lane < count; ++lane)
    pack[lane] = from[lane];
}

template <typename T>
[[gnu::always_inline]] inline void store(T *to, const Pack<T> &pack, std::int64_t count) {
  if (count >= kLanes) {
    std::memcpy(to, &pack, sizeof(pack));
    return;
  }
  for (std::int64_t lane = 0; lane < count; ++lane)
    to[lane] = pack[lane];
}

/// Adds the first `count` lanes of `terms`.
template <typename T>
[[gnu::always_inline]] inline void accumulate(Pack<T> &sums, const Pack<T> &terms, std::int64_t count) {
  if (count >= kLanes) {
    sums += terms;
    return;
  }
  for (std::int64_t lane = 0; lane < count; ++lane)
    sums[lane] += terms[lane];
}

/// Lanes added pairwise: the upper half to the lower, until one is left.
template <typename T> [[gnu::always_inline]] inline T sumOfLanes(const Pack<T> &pack) {
  T lanes[kLanes];
  std::memcpy(lanes, &pack, sizeof(lanes));
  for (std::int64_t width = kLanes / 2; width > 0; width /= 2)
    for (std::int64_t lane = 0; lane < width; ++lane)
      lanes[lane] += lanes[lane + width];
  return lanes[0];
}

/// exp(x) for x <= 0 or NaN, within about one ulp, with gradual underflow. exp(x) = 2^n exp(r), |r| <= ln(2)
/// / 2: the series for exp(r), and 2^n in two factors because it may be below the least normal number.
template <typename T> [[gnu::always_inline]] inline void exponentiate(Pack<T> &x) {
  using Of = PackOf<T>;
  using Bits = typename Of::Bits;
  x = x < Of::kLeastExponent ? Pack<T>{} + Of::kLeastExponent : x;
  Pack<T> shifted = x * Of::kLog2e + Of::kRounding;
  Pack<T> exponent = shifted - Of::kRounding;
  Pack<T> r = x - exponent * Of::kLn2High;
  r = r - exponent * Of::kLn2Low;
  Pack<T> series = Pack<T>{} + static_cast<T>(kInverseFactorials.of[Of::kTerms]);
  for (int term = Of::kTerms - 1; term >= 2; --term)
    series = series * r + static_cast<T>(kInverseFactorials.of[term]);
  series = (r * r) * series + r + static_cast<T>(1);
  Bits n = (Bits)shifted - Of::kRoundingBits;
  Bits half = n >> 1;
  x = series * (Pack<T>)((half + Of::kBias) << Of::kMantissaBits) *
      (Pack<T>)((n - half + Of::kBias) << Of::kMantissaBits);
}

} // namespace tl::runtime
