// Every 16-bit float there and back, and the rounding between neighbours.
#include "runtime/core/HalfFloat.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

using namespace tl::runtime;

namespace {

TEST(HalfFloat, EveryHalfSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    float value = floatOfHalf(static_cast<std::uint16_t>(bits));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(floatOfHalf(halfOfFloat(value)))) << bits;
    else
      EXPECT_EQ(halfOfFloat(value), bits);
  }
}

TEST(HalfFloat, EveryBfloatSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    float value = floatOfBfloat(static_cast<std::uint16_t>(bits));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(floatOfBfloat(bfloatOfFloat(value)))) << bits;
    else
      EXPECT_EQ(bfloatOfFloat(value), bits);
  }
}

/// The middle between two neighbours goes to the even one, and what is beside the middle to the nearer one.
TEST(HalfFloat, RoundsToNearestEvenBetweenAllNeighbours) {
  for (std::uint16_t bits = 0; bits < 0x7bff; ++bits) {
    float lower = floatOfHalf(bits), upper = floatOfHalf(static_cast<std::uint16_t>(bits + 1));
    float middle = (lower + upper) / 2;
    EXPECT_EQ(halfOfFloat(middle), bits % 2 == 0 ? bits : bits + 1);
    EXPECT_EQ(halfOfFloat(std::nextafter(middle, lower)), bits);
    EXPECT_EQ(halfOfFloat(std::nextafter(middle, upper)), bits + 1);
    EXPECT_EQ(halfOfFloat(-middle), 0x8000 | (bits % 2 == 0 ? bits : bits + 1));
  }
}

TEST(HalfFloat, RoundsBfloatToNearestEven) {
  for (std::uint32_t bits = 0; bits < 0x7f7f; ++bits) {
    std::uint32_t middle = bits << 16 | 0x8000;
    EXPECT_EQ(bfloatOfFloat(std::bit_cast<float>(middle)), bits % 2 == 0 ? bits : bits + 1);
    EXPECT_EQ(bfloatOfFloat(std::bit_cast<float>(middle - 1)), bits);
    EXPECT_EQ(bfloatOfFloat(std::bit_cast<float>(middle + 1)), bits + 1);
  }
}

TEST(HalfFloat, LargeNumbersBecomeInfinite) {
  EXPECT_EQ(halfOfFloat(65504.0f), 0x7bff);
  EXPECT_EQ(halfOfFloat(65519.99f), 0x7bff);
  EXPECT_EQ(halfOfFloat(65520.0f), 0x7c00);
  EXPECT_EQ(halfOfFloat(-INFINITY), 0xfc00);
  EXPECT_EQ(bfloatOfFloat(3.4028235e38f), 0x7f80);
}

} // namespace
