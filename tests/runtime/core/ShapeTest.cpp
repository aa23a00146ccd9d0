// Size arithmetic at its limits.
#include "runtime/core/Shape.h"

#include <gtest/gtest.h>

using namespace tl::runtime;

namespace {

constexpr std::int64_t kBig = std::int64_t{1} << 24;

TEST(Shape, CountsElements) {
  EXPECT_EQ(*elementCount({}), 1);
  EXPECT_EQ(*elementCount({2, 3, 4}), 24);
  EXPECT_EQ(*elementCount({kBig, kBig}), kMaxElements);
}

TEST(Shape, AnEmptyAxisMakesTheCountZero) {
  EXPECT_EQ(*elementCount({5, 0, 7}), 0);
}

TEST(Shape, RefusesProductsAboveTheLimitOrAbove64Bits) {
  for (const Shape &shape : {Shape{kBig, kBig, 2}, Shape{kBig, kBig, kBig, kBig},
                             Shape{std::int64_t{1} << 62, 4}, Shape{INT64_MAX}}) {
    Result<std::int64_t> count = elementCount(shape);
    ASSERT_FALSE(count) << toString(shape);
    EXPECT_EQ(count.error().kind, ErrorKind::Limit);
  }
}

TEST(Shape, RefusesTooManyAxes) {
  EXPECT_TRUE(elementCount(Shape(kMaxRank, 1)));
  EXPECT_FALSE(elementCount(Shape(kMaxRank + 1, 1)));
}

TEST(Shape, StridesAreRowMajor) {
  EXPECT_EQ(rowMajorStrides({2, 3, 4}), (std::vector<std::int64_t>{12, 4, 1}));
  EXPECT_EQ(rowMajorStrides({}), std::vector<std::int64_t>{});
}

TEST(Shape, PrintsLikeAList) {
  EXPECT_EQ(toString(Shape{2, 3}), "[2, 3]");
  EXPECT_EQ(toString(Shape{}), "[]");
}

} // namespace
