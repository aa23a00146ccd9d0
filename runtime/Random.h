// Random numbers by counting: every draw is a function of a key and of where it is made, not of the draws
// before it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tl::runtime {

/// The four words that Philox 4x32-10 makes of a key and a counter (Salmon, Moraes, Dror, Shaw: "Parallel
/// random numbers: as easy as 1, 2, 3", 2011), the first two in `low`, the last two in `high`.
struct RandomBits {
  std::uint64_t low, high;
};
RandomBits philox(std::uint64_t key, std::uint64_t first, std::uint64_t second);

/// The key of draw number `number` of a tensor in a program run with `seed`.
std::uint64_t drawKey(std::uint64_t seed, std::string_view tensor, std::uint64_t number);

/// A symbol as a coordinate.
std::int64_t symbolKey(std::string_view text);

/// Where a draw is made: coordinates beyond the last two make the key. The same element has the same place
/// whatever the extents are.
struct DrawPlace {
  std::uint64_t key, first, second;
};
DrawPlace drawPlace(std::uint64_t key, std::span<const std::int64_t> coordinates);

/// Uniform in [0, 1): a multiple of 2^-53, or of 2^-24 when it is to be exact in f32.
double uniformDraw(DrawPlace place, bool isSingle);
/// Standard normal (Box and Muller).
double normalDraw(DrawPlace place, bool isSingle);

} // namespace tl::runtime
