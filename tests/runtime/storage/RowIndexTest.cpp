// Indexes against plain scans: keys of every kind, growth, and versions; and the C functions that kernels
// call.
#include "runtime/storage/RowIndex.h"

#include "runtime/abi/Runtime.h"
#include "runtime/storage/ColumnRelation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

namespace tl::runtime {
namespace {

using Row = std::vector<Cell>;
constexpr unsigned kSeed = 20240612;

Row rowAt(const Cell *const *columns, std::size_t arity, std::int64_t position) {
  Row row;
  for (std::size_t column = 0; column < arity; ++column)
    row.push_back(columns[column][position]);
  return row;
}

/// Reads an index the way a kernel does: rows of a group, completed by the key.
std::multiset<Row> lookUp(const TlIndex &index, std::size_t arity, const std::vector<std::uint32_t> &columns,
                          const std::vector<Cell> &keys) {
  std::multiset<Row> found;
  const bool isDense = index.groups != nullptr;
  if (isDense && (keys.empty() || keys[0] < 0 || keys[0] >= index.keyBound))
    return found;
  const TlGroup *group = isDense ? index.groups + keys[0] : tlFindGroup(index.table, keys.data());
  if (!group)
    return found;
  const std::uint32_t old = group->round == index.round ? group->old : group->count;
  const std::uint32_t end = index.part == TlOld ? old : group->count;
  for (std::uint32_t position = index.part == TlNew ? old : 0; position < end; ++position) {
    Row row(arity);
    std::size_t rest = 0;
    for (std::uint32_t column = 0; column < arity; ++column) {
      auto key = std::find(columns.begin(), columns.end(), column);
      row[column] = key != columns.end() ? keys[static_cast<std::size_t>(key - columns.begin())]
                                         : group->cells[rest++ * group->stride + position];
    }
    found.insert(row);
  }
  return found;
}

std::multiset<Row> scan(ColumnRelation &relation, const std::vector<std::uint32_t> &columns,
                        const std::vector<Cell> &keys, std::size_t begin, std::size_t end) {
  std::multiset<Row> found;
  const TlRows rows = *relation.rows(begin, end);
  for (std::int64_t position = rows.begin; position < rows.end; ++position) {
    Row row = rowAt(rows.columns, relation.arity(), position);
    bool matches = true;
    for (std::size_t key = 0; key < keys.size(); ++key)
      matches &= row[columns[key]] == keys[key];
    if (matches)
      found.insert(row);
  }
  return found;
}

class Lookups : public testing::Test {
protected:
  Row randomRow(std::size_t arity, Cell least, Cell largest) {
    Row row(arity);
    for (Cell &cell : row)
      cell = std::uniform_int_distribution<Cell>(least, largest)(random);
    return row;
  }

  void expectScan(ColumnRelation &relation, const std::vector<std::uint32_t> &keys, bool growing,
                  std::size_t begin, std::size_t end, Cell least, Cell largest) {
    Result<const RowIndex *> index = relation.index(keys, growing);
    ASSERT_TRUE(index);
    TlIndex view = (*index)->view(begin, end);
    for (int probe = 0; probe < 40; ++probe) {
      std::vector<Cell> wanted = randomRow(keys.size(), least - 1, largest + 1);
      ASSERT_EQ(lookUp(view, relation.arity(), keys, wanted), scan(relation, keys, wanted, begin, end));
    }
  }

  MemoryBudget budget;
  std::mt19937 random{kSeed};
};

TEST_F(Lookups, FindEveryVersionOfAGrowingRelation) {
  struct Case {
    std::vector<std::int64_t> bounds;
    std::vector<std::uint32_t> keys;
    Cell least, largest;
  } cases[] = {
      {{30, 30}, {0}, 0, 29},    {{30, 30}, {1}, 0, 29},           {{30, 30}, {0, 1}, 0, 29},
      {{-1, -1}, {0}, -20, 20},  {{-1, -1}, {1}, -20, 20},         {{2000000000, 9}, {0}, 0, 8},
      {{9, 9, 9}, {0, 2}, 0, 8}, {{-1, -1, -1}, {0, 1, 2}, -4, 4}, {{5, -1, 5, -1}, {1, 2, 3}, 0, 4},
      {{4, 4, 4, 4}, {}, 0, 3},
  };
  for (const Case &each : cases) {
    ColumnRelation relation(budget, each.bounds, "R");
    ASSERT_TRUE(relation.index(each.keys, true)); // kept up to date from the empty relation on
    for (int round = 0; round < 8; ++round) {
      for (int insertion = 0; insertion < 60; ++insertion)
        relation.insert(randomRow(each.bounds.size(), each.least, each.largest).data());
      ASSERT_TRUE(relation.commit());
      std::size_t old = relation.deltaBegin(), all = relation.size();
      expectScan(relation, each.keys, true, 0, all, each.least, each.largest);
      expectScan(relation, each.keys, true, 0, old, each.least, each.largest);
      expectScan(relation, each.keys, true, old, all, each.least, each.largest);
      expectScan(relation, each.keys, false, 0, all, each.least, each.largest);
      expectScan(relation, each.keys, false, all, all, each.least, each.largest);
    }
  }
}

TEST_F(Lookups, BorrowTheCellsOfSortedFacts) {
  ColumnRelation relation(budget, {50, -1}, "R");
  std::vector<Cell> cells;
  for (int row = 0; row < 400; ++row)
    for (Cell cell : randomRow(2, 0, 49))
      cells.push_back(cell);
  ASSERT_TRUE(relation.assign(Relation(2, cells)));
  relation.settle();
  for (std::uint32_t key : {0u, 1u}) { // the second column's bound is measured
    Result<const RowIndex *> index = relation.index({key}, false);
    ASSERT_TRUE(index);
    TlIndex view = (*index)->view(0, relation.size());
    ASSERT_NE(view.groups, nullptr);
    EXPECT_TRUE(view.ascending);
    EXPECT_EQ(view.groups[relation.column(0)[0]].cells == relation.column(1), key == 0);
    expectScan(relation, {key}, false, 0, relation.size(), 0, 49);
  }
}

// What was borrowed or measured is built anew.
TEST_F(Lookups, FollowASettledRelationThatGrowsAgain) {
  for (bool growing : {false, true}) {
    ColumnRelation relation(budget, {60, -1}, "R");
    ASSERT_TRUE(relation.assign(Relation(2, {0, 7, 1, 2, 1, 3})));
    relation.settle();
    for (std::uint32_t key : {0u, 1u})
      expectScan(relation, {key}, false, 0, 3, 0, 9);
    relation.insertBinary(1, 1);
    relation.insertBinary(59, 900);
    ASSERT_TRUE(relation.commit());
    for (std::uint32_t key : {0u, 1u}) {
      expectScan(relation, {key}, growing, 0, 5, 0, 9);
      expectScan(relation, {key}, growing, 3, 5, 0, 9);
      expectScan(relation, {key}, growing, 0, 3, 0, 9);
      EXPECT_EQ(lookUp((*relation.index({1}, growing))->view(0, 5), 2, {1}, {900}).size(), 1u);
    }
  }
}

TEST_F(Lookups, HashSettledRelationsByNegativeKeys) {
  ColumnRelation relation(budget, {-1, -1}, "R");
  ASSERT_TRUE(relation.assign(Relation(2, {-3, 1, -3, 2, 4, 1})));
  Result<const RowIndex *> index = relation.index({0}, false);
  ASSERT_TRUE(index);
  EXPECT_EQ((*index)->view(0, 3).groups, nullptr);
  expectScan(relation, {0}, false, 0, 3, -4, 4);
}

TEST_F(Lookups, FindNothingInAnEmptyRelation) {
  for (bool growing : {false, true})
    for (std::int64_t bound :
         {std::int64_t{-1}, std::int64_t{0}, std::int64_t{7}, std::int64_t{2000000000}}) {
      ColumnRelation relation(budget, {bound, bound}, "R");
      expectScan(relation, {0}, growing, 0, 0, 0, 9);
    }
}

// 8,000,000 possible keys are sparse until there are about a million rows.
TEST_F(Lookups, FindRowsBeforeAndAfterKeysBecomeDense) {
  ColumnRelation relation(budget, {8000000, 4}, "R");
  ASSERT_TRUE(relation.index({0}, true));
  std::map<Cell, int> counts;
  for (int round = 0; round < 4; ++round) {
    for (Cell row = 0; row < 350000; ++row) {
      Cell key = static_cast<Cell>(random() % 8000000);
      Cell last = static_cast<Cell>(random() % 4);
      const Cell cells[] = {key, last};
      counts[key] += !relation.contains(cells);
      relation.insertBinary(key, last);
    }
    ASSERT_TRUE(relation.commit());
  }
  TlIndex view = (*relation.index({0}, true))->view(0, relation.size());
  EXPECT_NE(view.groups, nullptr);
  int checked = 0;
  for (const auto &[key, count] : counts) {
    if (++checked % 7 != 0)
      continue;
    ASSERT_EQ(lookUp(view, 2, {0}, {key}).size(), static_cast<std::size_t>(count)) << "key " << key;
  }
}

TEST(Abi, CallsReachTheRelation) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {-1, -1}, "R");
  const Cell row[] = {-5, 8};
  EXPECT_EQ(tlContains(&relation, row), 0);
  tlInsert(&relation, row);
  tlInsertBinary(&relation, 1, 2);
  EXPECT_EQ(tlContains(&relation, row), 1);
  ASSERT_TRUE(relation.commit());
  EXPECT_EQ(relation.size(), 2u);
  Result<const RowIndex *> index = relation.index({1}, true);
  const Cell wanted[] = {8};
  ASSERT_NE(tlFindGroup(*index, wanted), nullptr);
  EXPECT_EQ(tlFindGroup(*index, wanted)->count, 1u);
  const Cell seconds[] = {2, 8, 3};
  tlInsertRun(&relation, 1, seconds, 3);
  ASSERT_TRUE(relation.commit());
  EXPECT_EQ(relation.size(), 4u);
}

TEST(Abi, TableHasEverySymbolWithItsAddress) {
  std::map<std::string, void *> addresses;
  for (const AbiSymbol &symbol : abiSymbols())
    EXPECT_TRUE(addresses.emplace(symbol.name, symbol.address).second) << symbol.name;
  EXPECT_EQ(addresses.size(), abiSymbols().size());
  EXPECT_EQ(addresses.at("tlInsert"), reinterpret_cast<void *>(&tlInsert));
  EXPECT_EQ(addresses.at("tlFindGroup"), reinterpret_cast<void *>(&tlFindGroup));
}

} // namespace
} // namespace tl::runtime
