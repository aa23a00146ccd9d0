// Conversions between f32 and the two 16-bit formats, rounding to nearest even.
#pragma once

#include <cstdint>

namespace tl::runtime {

float floatOfHalf(std::uint16_t bits);
std::uint16_t halfOfFloat(float value);
float floatOfBfloat(std::uint16_t bits);
std::uint16_t bfloatOfFloat(float value);

} // namespace tl::runtime
