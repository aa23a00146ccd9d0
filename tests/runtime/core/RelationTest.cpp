// Sorted sets of rows.
#include "runtime/core/Relation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

using namespace tl::runtime;

namespace {

TEST(Relation, SortsSignedCellsAndDropsDuplicates) {
  Relation relation(1, {3, -1, 3, 0, -1});
  EXPECT_EQ(relation.cells(), (std::vector<Cell>{-1, 0, 3}));
}

TEST(Relation, NullaryHoldsAtMostTheEmptyRow) {
  EXPECT_EQ(Relation(0).size(), 0u);
  EXPECT_EQ(Relation::nullary(true).size(), 1u);
  EXPECT_TRUE(Relation::nullary(true).contains({}));
  EXPECT_FALSE(Relation::nullary(false).contains({}));
  EXPECT_NE(Relation::nullary(true), Relation(0));
}

TEST(Relation, KeepsTheExtremesOfTheCellsInOrder) {
  Relation relation(2, {INT32_MAX, INT32_MIN, INT32_MIN, INT32_MAX, INT32_MIN, INT32_MIN, 0, -1});
  EXPECT_EQ(relation.cells(),
            (std::vector<Cell>{INT32_MIN, INT32_MIN, INT32_MIN, INT32_MAX, 0, -1, INT32_MAX, INT32_MIN}));
}

TEST(Relation, AgreesWithASetOfRandomRows) {
  std::mt19937 random(17);
  for (std::size_t arity = 1; arity <= 4; ++arity) {
    std::set<std::vector<Cell>> expected;
    std::vector<Cell> flat;
    for (int row = 0; row < 300; ++row) {
      std::vector<Cell> cells(arity);
      for (Cell &cell : cells)
        cell = static_cast<Cell>(random() % 7) - 3;
      expected.insert(cells);
      flat.insert(flat.end(), cells.begin(), cells.end());
    }
    Relation relation(arity, flat);
    ASSERT_EQ(relation.size(), expected.size());
    std::size_t position = 0;
    for (const std::vector<Cell> &row : expected) {
      EXPECT_TRUE(std::equal(row.begin(), row.end(), relation.row(position++).begin()));
      EXPECT_TRUE(relation.contains(row));
    }
    EXPECT_FALSE(relation.contains(std::vector<Cell>(arity, 9)));
    EXPECT_FALSE(relation.contains(std::vector<Cell>(arity, -9)));
  }
}

} // namespace
