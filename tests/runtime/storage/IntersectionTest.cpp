// Intersections against std::set_intersection, whichever way they are found.
#include "runtime/storage/Intersection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace tl::runtime {
namespace {

using Cells = std::vector<std::int32_t>;
constexpr std::int32_t kBound = 5000;

TlList listOf(const Cells &cells) {
  return {cells.data(), static_cast<std::int64_t>(cells.size()), std::is_sorted(cells.begin(), cells.end())};
}

std::set<std::int32_t> commonCells(const std::vector<const Cells *> &lists) {
  std::set<std::int32_t> common(lists[0]->begin(), lists[0]->end());
  for (const Cells *list : lists) {
    std::set<std::int32_t> cells(list->begin(), list->end()), both;
    std::set_intersection(common.begin(), common.end(), cells.begin(), cells.end(),
                          std::inserter(both, both.end()));
    common = both;
  }
  return common;
}

class Intersections : public testing::Test {
protected:
  Cells randomCells(std::size_t count, bool sorted) {
    std::set<std::int32_t> cells;
    while (cells.size() < count)
      cells.insert(static_cast<std::int32_t>(random() % kBound));
    Cells list(cells.begin(), cells.end());
    if (!sorted)
      std::shuffle(list.begin(), list.end(), random);
    return list;
  }

  std::mt19937 random{20240613};
  MemoryBudget budget;
  StorageAccount account{budget};
};

// Lists come back in a row, as an outer loop makes them, and in any order.
TEST_F(Intersections, AreWhatTheListsHaveInCommon) {
  for (bool sorted : {true, false}) {
    std::vector<Cells> pool;
    for (std::size_t count : {0, 1, 2, 5, 30, 100, 900, 4000, 4500})
      for (int copy = 0; copy < 3; ++copy)
        pool.push_back(randomCells(count, sorted));
    for (std::size_t arity = 1; arity <= 4; ++arity) {
      Intersection intersection(account, kBound);
      std::vector<const Cells *> chosen(arity, &pool[4]);
      for (int round = 0; round < 200; ++round) {
        chosen[random() % arity] = &pool[random() % pool.size()];
        std::vector<TlList> lists;
        for (const Cells *list : chosen)
          lists.push_back(listOf(*list));
        const std::span<const std::int32_t> found = intersection.run(lists);
        ASSERT_EQ(std::set<std::int32_t>(found.begin(), found.end()), commonCells(chosen));
        ASSERT_EQ(found.size(), commonCells(chosen).size()) << "no cell twice";
      }
      EXPECT_FALSE(intersection.hasFailed());
    }
  }
}

TEST_F(Intersections, SayWhenMemoryRunsOut) {
  MemoryBudget little(300);
  Workspace workspace(little);
  const Cells lhs = randomCells(200, false), rhs = randomCells(200, false);
  const TlList lists[] = {listOf(lhs), listOf(rhs)};
  EXPECT_TRUE(workspace.intersection(1, kBound).run(lists).empty());
  EXPECT_TRUE(workspace.hasFailed());
  EXPECT_NE(workspace.charges().refusedBytes(), 0u);
}

} // namespace
} // namespace tl::runtime
