// Conversions between f32 and the two 16-bit formats, rounding to nearest even.
#pragma once

#include <cstdint>

namespace tl::runtime {

/// Between f32 and IEEE half precision. Exact upwards; rounded to nearest, ties to even, downwards.
float floatOfHalf(std::uint16_t bits);
std::uint16_t halfOfFloat(float value);
/// The same for bfloat16, the upper half of an f32.
float floatOfBfloat(std::uint16_t bits);
std::uint16_t bfloatOfFloat(float value);

} // namespace tl::runtime
