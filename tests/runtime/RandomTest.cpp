// Random numbers: the published vectors of the generator, and that draws are spread as they should be.
#include "runtime/Random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace tl::runtime {
namespace {

std::uint64_t words(std::uint64_t first, std::uint64_t second) {
  return first | second << 32;
}

/// The vectors that the authors of Philox publish for 4x32-10.
TEST(Philox, GivesThePublishedVectors) {
  RandomBits zeros = philox(0, 0, 0);
  EXPECT_EQ(zeros.low, words(0x6627e8d5, 0xe169c58d));
  EXPECT_EQ(zeros.high, words(0xbc57ac4c, 0x9b00dbd8));
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  RandomBits ones = philox(kOnes, kOnes, kOnes);
  EXPECT_EQ(ones.low, words(0x408f276d, 0x41c83b0e));
  EXPECT_EQ(ones.high, words(0xa20bc7c6, 0x6d5451fd));
  RandomBits digits =
      philox(words(0xa4093822, 0x299f31d0), words(0x243f6a88, 0x85a308d3), words(0x13198a2e, 0x03707344));
  EXPECT_EQ(digits.low, words(0xd16cfe09, 0x94fdcceb));
  EXPECT_EQ(digits.high, words(0x5001e420, 0x24126ea1));
}

TEST(Draws, DependOnSeedNameNumberAndEveryCoordinate) {
  std::set<double> seen;
  const std::int64_t here[] = {1, 2, 3, 4, 5};
  seen.insert(uniformDraw(drawPlace(drawKey(1, "A", 0), here), false));
  seen.insert(uniformDraw(drawPlace(drawKey(2, "A", 0), here), false));
  seen.insert(uniformDraw(drawPlace(drawKey(1, "B", 0), here), false));
  seen.insert(uniformDraw(drawPlace(drawKey(1, "A", 1), here), false));
  for (std::size_t axis = 0; axis < 5; ++axis) {
    std::vector<std::int64_t> there(here, here + 5);
    ++there[axis];
    seen.insert(uniformDraw(drawPlace(drawKey(1, "A", 0), there), false));
  }
  EXPECT_EQ(seen.size(), 9u);
}

TEST(Draws, AreTheSameInBothTypesToTheBitsThatFit) {
  const std::int64_t place[] = {17};
  const DrawPlace at = drawPlace(drawKey(0, "X", 0), place);
  const double exact = uniformDraw(at, false), single = uniformDraw(at, true);
  EXPECT_EQ(single, std::floor(exact * 0x1p24) * 0x1p-24);
  EXPECT_EQ(static_cast<double>(static_cast<float>(single)), single);
}

/// Chi square over 256 cells, for draws along either coordinate: 255 degrees of freedom, so 350 is far out.
TEST(Draws, AreUniformAlongEveryCoordinate) {
  constexpr int kDraws = 100000, kCells = 256;
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<int> counts(kCells);
    for (int draw = 0; draw < kDraws; ++draw) {
      std::int64_t place[] = {5, 5, 5};
      place[axis] = draw;
      ++counts[static_cast<std::size_t>(uniformDraw(drawPlace(drawKey(0, "X", 0), place), false) * kCells)];
    }
    double square = 0;
    for (int count : counts) {
      const double off = count - static_cast<double>(kDraws) / kCells;
      square += off * off * kCells / kDraws;
    }
    EXPECT_LT(square, 350) << "axis " << axis;
    EXPECT_GT(square, 170) << "axis " << axis;
  }
}

TEST(Draws, NormalOnesHaveTheMomentsOfANormal) {
  constexpr int kDraws = 200000;
  double moments[5] = {};
  for (int draw = 0; draw < kDraws; ++draw) {
    const std::int64_t place[] = {draw};
    const double value = normalDraw(drawPlace(drawKey(7, "Z", 0), place), false);
    double power = 1;
    for (double &moment : moments) {
      moment += power / kDraws;
      power *= value;
    }
  }
  EXPECT_NEAR(moments[1], 0, 0.01);
  EXPECT_NEAR(moments[2], 1, 0.015);
  EXPECT_NEAR(moments[3], 0, 0.04);
  EXPECT_NEAR(moments[4], 3, 0.1);
}

/// Neighbouring keys and places do not go together.
TEST(Draws, AreNotCorrelated) {
  constexpr int kDraws = 100000;
  double products[3] = {};
  for (int draw = 0; draw < kDraws; ++draw) {
    const std::int64_t here[] = {draw}, next[] = {draw + 1};
    auto centered = [](DrawPlace place) { return uniformDraw(place, false) - 0.5; };
    const double value = centered(drawPlace(drawKey(0, "X", 0), here));
    products[0] += value * centered(drawPlace(drawKey(0, "X", 0), next));
    products[1] += value * centered(drawPlace(drawKey(0, "X", 1), here));
    products[2] += value * centered(drawPlace(drawKey(1, "X", 0), here));
  }
  // The product of two uniform draws about 0 has a standard deviation of 1 / 12.
  for (double product : products)
    EXPECT_LT(std::abs(product) / std::sqrt(kDraws), 4.0 / 12);
}

} // namespace
} // namespace tl::runtime
