// Products against plain sums in f64, over shapes, strides, sides, units and threads.
#include "runtime/kernels/Product.h"

#include "runtime/kernels/ProductTiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tuple>

namespace tl::runtime {
namespace {

constexpr unsigned kSeed = 20250321;

/// A product over indices, its tensors filled with small fractions so that sums stay exact to a few bits.
template <typename T> struct Case {
  std::vector<ProductIndex> indices;
  std::vector<T> lhs, rhs, result;
};

/// Tensors that hold every place the indices reach, each index with a stride of its own order in each tensor.
template <typename T>
Case<T> drawn(std::mt19937 &random, const std::vector<std::pair<std::int64_t, int>> &groups) {
  Case<T> drawn;
  for (auto [extent, tensors] : groups)
    drawn.indices.push_back({extent, tensors & 1, (tensors >> 1) & 1, (tensors >> 2) & 1});
  std::vector<T> *data[] = {&drawn.lhs, &drawn.rhs, &drawn.result};
  std::int64_t ProductIndex::*strides[] = {&ProductIndex::lhs, &ProductIndex::rhs, &ProductIndex::result};
  for (int tensor = 0; tensor < 3; ++tensor) {
    std::vector<std::size_t> order;
    for (std::size_t index = 0; index < groups.size(); ++index)
      if ((groups[index].second >> tensor & 1) != 0)
        order.push_back(index);
    std::shuffle(order.begin(), order.end(), random);
    std::int64_t stride = 1;
    for (std::size_t index : order) {
      drawn.indices[index].*strides[tensor] = stride;
      stride *= groups[index].first;
    }
    data[tensor]->resize(static_cast<std::size_t>(stride));
    for (T &value : *data[tensor])
      value = static_cast<T>(static_cast<int>(random() % 17) - 8) / 8;
  }
  return drawn;
}

template <typename T> std::vector<double> plain(const Case<T> &drawn) {
  std::vector<double> result(drawn.result.begin(), drawn.result.end());
  std::vector<std::int64_t> at(drawn.indices.size(), 0);
  for (bool isDone = false; !isDone;) {
    std::int64_t lhs = 0, rhs = 0, to = 0;
    for (std::size_t index = 0; index < at.size(); ++index) {
      lhs += at[index] * drawn.indices[index].lhs;
      rhs += at[index] * drawn.indices[index].rhs;
      to += at[index] * drawn.indices[index].result;
    }
    result[static_cast<std::size_t>(to)] += static_cast<double>(drawn.lhs[static_cast<std::size_t>(lhs)]) *
                                            static_cast<double>(drawn.rhs[static_cast<std::size_t>(rhs)]);
    isDone = true;
    for (std::size_t index = 0; index < at.size() && isDone; ++index) {
      isDone = ++at[index] == drawn.indices[index].extent;
      if (isDone)
        at[index] = 0;
    }
  }
  return result;
}

template <typename T> std::vector<T> multiplied(Case<T> drawn, int threads) {
  MemoryBudget budget;
  ProductScratch scratch(budget);
  ThreadPool pool(threads);
  const std::int32_t stop = 0;
  EXPECT_TRUE(addProduct(productLayout(drawn.indices), drawn.lhs.data(), drawn.rhs.data(),
                         drawn.result.data(), {scratch, pool, &stop}));
  return drawn.result;
}

// Bits: in the left side, in the right side, in the result.
constexpr int kBatch = 7, kRow = 5, kColumn = 6, kInner = 3;

template <typename T> void compareShapes() {
  std::mt19937 random(kSeed);
  const std::vector<std::vector<std::pair<std::int64_t, int>>> shapes = {
      {{1, kRow}, {1, kColumn}, {1, kInner}},
      {{7, kRow}, {33, kColumn}, {300, kInner}},
      {{130, kRow}, {70, kColumn}, {515, kInner}},
      {{4, kRow}, {3, kRow}, {5, kColumn}, {9, kColumn}, {6, kInner}, {11, kInner}},
      {{9, kBatch}, {5, kRow}, {8, kColumn}, {12, kInner}},
      {{3, kBatch}, {2, kBatch}, {15, kRow}, {40, kColumn}, {7, kInner}},
      {{64, kBatch}, {8, kRow}, {8, kColumn}, {8, kInner}},
      {{8, kRow}, {3200, kColumn}, {40, kInner}},
  };
  for (const auto &shape : shapes)
    for (int draw = 0; draw < 4; ++draw) {
      const Case<T> product = drawn<T>(random, shape);
      const std::vector<double> expected = plain(product);
      const std::vector<T> actual = multiplied(product, 1);
      for (std::size_t place = 0; place < expected.size(); ++place)
        ASSERT_NEAR(actual[place], expected[place], 1e-4)
            << "place " << place << " of a draw with seed " << kSeed;
      EXPECT_EQ(actual, multiplied(product, 3)) << "threads change bits";
    }
}

TEST(Product, EqualsPlainSumsInF32) {
  compareShapes<float>();
}
TEST(Product, EqualsPlainSumsInF64) {
  compareShapes<double>();
}

/// Every vector unit packs the same panels and sums the same tile, up to the rounding of fused multiply-adds.
TEST(Product, TilesAgreeOverVectorUnits) {
  std::vector<float> from(40 * 64);
  std::mt19937 random(kSeed);
  for (float &value : from)
    value = static_cast<float>(static_cast<int>(random() % 17) - 8) / 8;
  std::vector<std::int64_t> vectors, depths, rows, columns;
  for (std::int64_t entry = 0; entry < 64; ++entry) {
    vectors.push_back(entry);
    columns.push_back(entry);
    rows.push_back(entry * 64);
  }
  for (std::int64_t k = 0; k < 40; ++k)
    depths.push_back(k * 64);
  for (VectorUnit name : {VectorUnit::Baseline, VectorUnit::Avx2, VectorUnit::Avx512}) {
    if (name > widestVectorUnit())
      continue;
    const ProductUnit<float> &unit = productUnit<float>(name);
    for (std::int64_t height = 1; height <= unit.tileRows; ++height)
      for (std::int64_t width : {std::int64_t{1}, unit.tileColumns - 1, unit.tileColumns}) {
        std::vector<float> lhs(static_cast<std::size_t>(40 * unit.tileRows)),
            rhs(static_cast<std::size_t>(40 * unit.tileColumns)), to(64 * 64, 1);
        unit.packRows({from.data(), vectors.data(), depths.data(), height, 40}, lhs.data());
        unit.packColumns({from.data(), vectors.data(), depths.data(), width, 40}, rhs.data());
        unit.multiply({40, lhs.data(), rhs.data(), unit.tileColumns, to.data(), rows.data(), columns.data(),
                       height, width, true});
        for (std::int64_t i = 0; i < 64; ++i)
          for (std::int64_t j = 0; j < 64; ++j) {
            double expected = 1;
            for (std::int64_t k = 0; k < 40 && i < height && j < width; ++k)
              expected += static_cast<double>(from[static_cast<std::size_t>(k * 64 + i)]) *
                          static_cast<double>(from[static_cast<std::size_t>(k * 64 + j)]);
            ASSERT_NEAR(to[static_cast<std::size_t>(i * 64 + j)], expected, 1e-4) << i << ' ' << j;
          }
      }
  }
}

TEST(Product, EndsWhenAskedTo) {
  std::mt19937 random(kSeed);
  Case<float> product = drawn<float>(random, {{64, kRow}, {64, kColumn}, {64, kInner}});
  const std::vector<float> before = product.result;
  MemoryBudget budget;
  ProductScratch scratch(budget);
  ThreadPool pool(1);
  const std::int32_t stop = 1;
  EXPECT_TRUE(addProduct(productLayout(product.indices), product.lhs.data(), product.rhs.data(),
                         product.result.data(), {scratch, pool, &stop}));
  EXPECT_EQ(before, product.result);
}

TEST(Product, SaysHowMuchMemoryItLacks) {
  std::mt19937 random(kSeed);
  Case<float> product = drawn<float>(random, {{64, kRow}, {64, kColumn}, {64, kInner}});
  MemoryBudget budget(100);
  ProductScratch scratch(budget);
  ThreadPool pool(1);
  const std::int32_t stop = 0;
  const Result<void> done = addProduct(productLayout(product.indices), product.lhs.data(), product.rhs.data(),
                                       product.result.data(), {scratch, pool, &stop});
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("packed panels of a product"), std::string::npos);
}

} // namespace
} // namespace tl::runtime
