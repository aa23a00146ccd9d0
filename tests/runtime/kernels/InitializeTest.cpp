// First values of parameters: widths that follow from the shape, orthonormal matrices, elements of their own.
#include "runtime/kernels/Initialize.h"

#include "runtime/Random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace tl::runtime {
namespace {

constexpr std::uint64_t kKey = 42;

class Initialize : public ::testing::Test {
protected:
  Tensor draw(Initializer initializer, Shape shape, ElementType type = ElementType::F64) {
    return *initialTensor(initializer, type, shape, kKey,
                          std::vector<std::vector<std::int64_t>>(shape.size()), budget);
  }
  double largest(const Tensor &tensor) {
    double most = 0;
    for (std::int64_t position = 0; position < tensor.elements(); ++position)
      most = std::max(most, std::abs(tensor.number(position)));
    return most;
  }
  double meanSquare(const Tensor &tensor) {
    double sum = 0;
    for (std::int64_t position = 0; position < tensor.elements(); ++position)
      sum += tensor.number(position) * tensor.number(position);
    return sum / static_cast<double>(tensor.elements());
  }
  MemoryBudget budget;
};

TEST_F(Initialize, ConstantIsEverywhere) {
  Tensor ones = draw({Initializer::Kind::Constant, 1, 0}, {2, 2}, ElementType::F32);
  for (std::int64_t position = 0; position < 4; ++position)
    EXPECT_EQ(ones.number(position), 1);
}

TEST_F(Initialize, XavierFillsItsWidth) {
  const double width = std::sqrt(6.0 / (100 + 50));
  Tensor tensor = draw({Initializer::Kind::Xavier, 1, 0}, {100, 50});
  EXPECT_LE(largest(tensor), width);
  EXPECT_GT(largest(tensor), 0.99 * width);
  EXPECT_NEAR(meanSquare(tensor), width * width / 3, 0.05 * width * width / 3);
}

TEST_F(Initialize, HeCountsInputsWithEveryFurtherAxis) {
  EXPECT_NEAR(meanSquare(draw({Initializer::Kind::He, 1, 0}, {64, 32, 3, 3})), 2.0 / (32 * 9),
              0.05 * 2.0 / (32 * 9));
}

TEST_F(Initialize, OrthogonalHasAnOrthonormalShorterSide) {
  for (const Shape &shape : {Shape{5, 20}, Shape{20, 5}, Shape{6, 6}, Shape{4, 2, 3}}) {
    Tensor tensor = draw({Initializer::Kind::Orthogonal, 1, 0}, shape);
    const std::int64_t rows = shape[0], columns = tensor.elements() / rows;
    const bool isWide = rows <= columns;
    const std::int64_t count = std::min(rows, columns), length = std::max(rows, columns);
    auto at = [&](std::int64_t vector, std::int64_t element) {
      return tensor.number(isWide ? vector * columns + element : element * columns + vector);
    };
    for (std::int64_t lhs = 0; lhs < count; ++lhs)
      for (std::int64_t rhs = 0; rhs < count; ++rhs) {
        double product = 0;
        for (std::int64_t element = 0; element < length; ++element)
          product += at(lhs, element) * at(rhs, element);
        EXPECT_NEAR(product, lhs == rhs, 1e-14);
      }
  }
}

TEST_F(Initialize, ElementsAreDrawnForTheirCoordinates) {
  const Initializer normal{Initializer::Kind::Normal, 1, 2};
  Tensor small = draw(normal, {2, 3}), large = draw(normal, {4, 5});
  const std::int64_t place[] = {1, 2};
  EXPECT_EQ(small.number(5), 1 + 2 * normalDraw(drawPlace(kKey, place), false));
  EXPECT_EQ(small.number(5), large.number(7));
  Tensor keyed = *initialTensor(normal, ElementType::F64, {2, 1}, kKey, {{}, {2}}, budget);
  EXPECT_EQ(keyed.number(1), small.number(5));
}

TEST_F(Initialize, EmptyShapesAreEmpty) {
  EXPECT_EQ(draw({Initializer::Kind::Orthogonal, 1, 0}, {0, 3}).elements(), 0);
  EXPECT_EQ(draw({Initializer::Kind::Xavier, 1, 0}, {}).elements(), 1);
}

} // namespace
} // namespace tl::runtime
