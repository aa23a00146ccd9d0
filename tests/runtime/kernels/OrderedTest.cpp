// Running sums, sorting and ranks against plain loops, over layouts, masks, types and threads.
#include "runtime/kernels/Ordered.h"

#include "runtime/parallel/ThreadPool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace tl::runtime {
namespace {

constexpr OrderedKind kKinds[] = {OrderedKind::CumSum, OrderedKind::CumProd, OrderedKind::Sort,
                                  OrderedKind::Rank, OrderedKind::Order};
constexpr double kAll = INFINITY;

/// The definition, quadratic: `row` are the elements that are present.
std::vector<double> plainRow(OrderedKind kind, const std::vector<double> &row, double limit) {
  std::vector<double> result;
  for (std::size_t here = 0; here < row.size(); ++here) {
    double sum = 0, product = 1, less = 0, more = 0;
    for (std::size_t other = 0; other < row.size(); ++other) {
      if (other <= here) {
        sum += row[other];
        product *= row[other];
      }
      less += row[other] < row[here] || (row[other] == row[here] && other < here);
      more += row[other] > row[here] || (row[other] == row[here] && other < here);
    }
    const double order = more < limit ? more + 1 : 0;
    result.push_back(kind == OrderedKind::CumSum    ? sum
                     : kind == OrderedKind::CumProd ? product
                     : kind == OrderedKind::Rank    ? less
                                                    : order);
  }
  if (kind != OrderedKind::Sort)
    return result;
  result = row;
  std::sort(result.begin(), result.end());
  return result;
}

struct Case {
  Shape shape;
  std::vector<std::int64_t> axes;
};

const Case kCases[] = {{{7}, {0}},       {{4, 5}, {1}},       {{4, 5}, {0}},    {{4, 5}, {0, 1}},
                       {{3, 4, 5}, {1}}, {{3, 4, 5}, {0, 2}}, {{2, 1, 3}, {1}}, {{0, 3}, {0}}};

class OrderedOnTypes : public ::testing::TestWithParam<ElementType> {
protected:
  Tensor random(const Shape &shape, bool isPartial) {
    Tensor tensor = *Tensor::create(budget, GetParam(), shape, "X", isPartial);
    for (std::int64_t position = 0; position < tensor.elements(); ++position) {
      tensor.setNumber(position,
                       static_cast<double>(static_cast<std::int64_t>(source() % 9) - 4)); // with ties
      if (isPartial)
        tensor.mutablePresent()[position] = source() % 3 != 0;
    }
    return tensor;
  }

  std::vector<double> expected(OrderedKind kind, const Tensor &in, const std::vector<std::int64_t> &axes,
                               double limit) {
    std::map<std::vector<std::int64_t>, std::vector<std::int64_t>> rows;
    for (std::int64_t position = 0; position < in.elements(); ++position) {
      std::vector<std::int64_t> key;
      std::int64_t rest = position;
      for (std::size_t axis = in.rank(); axis-- > 0; rest /= in.shape()[axis])
        if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) == axes.end())
          key.push_back(rest % in.shape()[axis]);
      if (in.isPresent(position))
        rows[key].push_back(position);
    }
    std::vector<double> result(static_cast<std::size_t>(in.elements()), 0);
    for (const auto &[key, positions] : rows) {
      std::vector<double> row;
      for (std::int64_t position : positions)
        row.push_back(in.number(position));
      row = plainRow(kind, row, limit);
      for (std::size_t place = 0; place < row.size(); ++place)
        result[static_cast<std::size_t>(positions[place])] = row[place];
    }
    return result;
  }

  MemoryBudget budget;
  std::mt19937 source{20240613};
};

TEST_P(OrderedOnTypes, AgreesWithPlainLoops) {
  ThreadPool pool(3);
  for (OrderedKind kind : kKinds)
    for (const Case &test : kCases)
      for (bool isPartial : {false, true})
        for (double limit : {kAll, 0.0, 1.0, 2.0}) {
          Tensor in = random(test.shape, isPartial);
          const std::vector<double> wanted = expected(kind, in, test.axes, limit);
          for (ThreadPool *threads : {static_cast<ThreadPool *>(nullptr), &pool}) {
            Result<Tensor> out = ordered(kind, in, test.axes, limit, budget, threads);
            ASSERT_TRUE(out);
            EXPECT_FALSE(out->isPartial());
            const bool isPlace = kind == OrderedKind::Rank || kind == OrderedKind::Order;
            EXPECT_EQ(out->type(), isPlace ? ElementType::I64 : GetParam());
            for (std::int64_t position = 0; position < out->elements(); ++position)
              ASSERT_EQ(out->number(position), wanted[static_cast<std::size_t>(position)])
                  << "kind " << static_cast<int>(kind) << " shape " << toString(test.shape) << " at "
                  << position;
          }
        }
}

INSTANTIATE_TEST_SUITE_P(All, OrderedOnTypes,
                         ::testing::Values(ElementType::I64, ElementType::I32, ElementType::F32,
                                           ElementType::F64),
                         [](const auto &instance) { return std::string(name(instance.param)); });

TEST(Ordered, PutsNaNLast) {
  MemoryBudget budget;
  Tensor in = *Tensor::create(budget, ElementType::F64, {3}, "X");
  in.setNumber(0, std::nan(""));
  in.setNumber(1, 2);
  in.setNumber(2, 1);
  Tensor sorted = *ordered(OrderedKind::Sort, in, {0}, 0, budget, nullptr);
  EXPECT_EQ(sorted.number(0), 1);
  EXPECT_TRUE(std::isnan(sorted.number(2)));
  EXPECT_EQ(ordered(OrderedKind::Rank, in, {0}, 0, budget, nullptr)->integer(0), 2);
  EXPECT_EQ(ordered(OrderedKind::Order, in, {0}, kAll, budget, nullptr)->integer(0), 3);
}

TEST(Ordered, FailsWhenMemoryRunsOut) {
  MemoryBudget budget(3000);
  Tensor in = *Tensor::create(budget, ElementType::F64, {100}, "X");
  EXPECT_FALSE(ordered(OrderedKind::Sort, in, {0}, 0, budget, nullptr));
}

} // namespace
} // namespace tl::runtime
