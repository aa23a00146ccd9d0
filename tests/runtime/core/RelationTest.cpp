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

/// `count` random rows of every arity up to 5 with `bits` random bits a cell, which lie on both sides of 0.
void compareWithSet(int count, int bits) {
  std::mt19937 random(17);
  for (std::size_t arity = 1; arity <= 5; ++arity) {
    std::set<std::vector<Cell>> expected;
    std::vector<Cell> flat;
    for (int row = 0; row < count; ++row) {
      std::vector<Cell> cells(arity);
      for (Cell &cell : cells)
        cell = static_cast<Cell>(random() << (32 - bits)) >> (32 - bits);
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
    for (Cell cell : {9, -9})
      EXPECT_EQ(relation.contains(std::vector<Cell>(arity, cell)),
                expected.contains(std::vector<Cell>(arity, cell)));
  }
}

TEST(Relation, AgreesWithASetOfRandomRows) {
  compareWithSet(300, 3);
  compareWithSet(5000, 6);
  compareWithSet(5000, 17);
  compareWithSet(5000, 32);
}

} // namespace
