// Rounds of a recursion over elements.
#include "runtime/storage/ChangingTensor.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

using namespace tl::runtime;

namespace {

std::shared_ptr<ChangingTensor> create(MemoryBudget &budget, Tensor initial) {
  auto created = ChangingTensor::create(budget, std::move(initial), "D");
  EXPECT_TRUE(created) << created.error().message;
  return *created;
}

Tensor partial(MemoryBudget &budget, Shape shape) {
  Result<Tensor> tensor = Tensor::create(budget, ElementType::I64, std::move(shape), "D", true);
  EXPECT_TRUE(tensor);
  return *std::move(tensor);
}

/// What a kernel does for an element that it makes better.
void improve(ChangingTensor &tensor, std::int64_t place, std::int64_t value) {
  TlChanges &changes = *tensor.changes();
  tensor.next().setInteger(place, value);
  tensor.next().mutablePresent()[place] = 1;
  changes.places[changes.count] = place;
  changes.count += 1 - changes.marks[place];
  changes.marks[place] = 1;
}

std::set<std::pair<Cell, Cell>> changedPairs(const ChangingTensor &tensor) {
  std::set<std::pair<Cell, Cell>> pairs;
  const TlRows rows = tensor.changed();
  for (std::int64_t row = rows.begin; row < rows.end; ++row)
    pairs.emplace(rows.columns[0][row], rows.columns[1][row]);
  return pairs;
}

TEST(ChangingTensor, BeginsWithThePresentElements) {
  MemoryBudget budget;
  Tensor initial = partial(budget, {3, 5});
  initial.setInteger(7, 42);
  initial.mutablePresent()[7] = 1;
  auto tensor = create(budget, std::move(initial));
  ASSERT_TRUE(tensor->commit());
  EXPECT_EQ(changedPairs(*tensor), (std::set<std::pair<Cell, Cell>>{{1, 2}}));
  EXPECT_EQ(tensor->now()->integer(7), 42);
  ASSERT_TRUE(tensor->commit());
  EXPECT_EQ(tensor->changedRows(), 0);
}

TEST(ChangingTensor, ReadsStayAsTheyAreWithinARound) {
  MemoryBudget budget;
  auto tensor = create(budget, partial(budget, {10, 10}));
  improve(*tensor, 99, 7);
  improve(*tensor, 99, 5);
  EXPECT_FALSE(tensor->now()->isPresent(99));
  ASSERT_TRUE(tensor->commit());
  EXPECT_EQ(tensor->changedRows(), 1);
  EXPECT_TRUE(tensor->now()->isPresent(99));
  EXPECT_EQ(tensor->now()->integer(99), 5);
}

TEST(ChangingTensor, FindsManyChangesByTheirMarks) {
  MemoryBudget budget;
  auto tensor = create(budget, partial(budget, {8, 4}));
  std::set<std::pair<Cell, Cell>> expected;
  for (std::int64_t place = 31; place >= 0; --place) {
    improve(*tensor, place, place * place);
    expected.emplace(place / 4, place % 4);
  }
  ASSERT_TRUE(tensor->commit());
  EXPECT_EQ(changedPairs(*tensor), expected);
  for (std::int64_t place = 0; place < 32; ++place)
    EXPECT_EQ(tensor->now()->integer(place), place * place);
  EXPECT_EQ(tensor->changed().columns[0][0], 0) << "in the order of memory";
}

TEST(ChangingTensor, IsALimitErrorBeyondTheBudget) {
  MemoryBudget budget(1300);
  auto created = ChangingTensor::create(budget, partial(budget, {10, 5}), "D");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::Limit);
}

} // namespace
