// Blocks that live at a time share no cell, and memory that small ones leave behind is used again.
#include "runtime/storage/CellArena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tl::runtime {
namespace {

struct Block {
  Cell *cells;
  std::size_t size;
  Cell mark;
};

TEST(CellArena, GivesBlocksThatDoNotOverlap) {
  MemoryBudget budget;
  StorageAccount account(budget);
  CellArena arena(account);
  std::mt19937 random(20240615);
  std::vector<Block> blocks;
  for (int step = 0; step < 40000; ++step) {
    if (blocks.empty() || random() % 5 < 3) {
      const std::size_t size = CellArena::kLeastCells << (random() % 4 ? random() % 5 : random() % 12);
      Cell *cells = arena.take(size);
      ASSERT_NE(cells, nullptr);
      std::fill_n(cells, size, step);
      blocks.push_back({cells, size, step});
    } else {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      const Block block = blocks.back();
      blocks.pop_back();
      ASSERT_EQ(std::count(block.cells, block.cells + block.size, block.mark), block.size);
      arena.giveBack(block.cells, block.size);
    }
  }
  for (const Block &block : blocks)
    ASSERT_EQ(std::count(block.cells, block.cells + block.size, block.mark), block.size);
}

TEST(CellArena, JoinsSmallBlocksForLargeOnes) {
  MemoryBudget budget;
  StorageAccount account(budget);
  CellArena arena(account);
  std::vector<Cell *> small(1 << 16);
  for (Cell *&block : small)
    ASSERT_NE(block = arena.take(CellArena::kLeastCells), nullptr);
  const std::size_t bytes = arena.bytes(), charged = budget.used();
  std::shuffle(small.begin(), small.end(), std::mt19937(20240616));
  for (Cell *block : small)
    arena.giveBack(block, CellArena::kLeastCells);
  for (int block = 0; block < 30; ++block)
    EXPECT_NE(arena.take(CellArena::kLeastCells << 10), nullptr);
  EXPECT_EQ(arena.bytes(), bytes);
  EXPECT_EQ(budget.used(), charged);
  arena.clear();
  EXPECT_EQ(budget.used(), 0u);
}

TEST(CellArena, RefusesWhatTheBudgetDoesNotHave) {
  MemoryBudget budget(1 << 20);
  StorageAccount account(budget);
  CellArena arena(account);
  EXPECT_EQ(arena.take(std::size_t{1} << 20), nullptr);
  EXPECT_NE(arena.take(CellArena::kLeastCells), nullptr);
}

} // namespace
} // namespace tl::runtime
