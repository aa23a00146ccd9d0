// The memory cap.
#include "runtime/core/Memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

using namespace tl::runtime;

namespace {

TEST(Memory, ChargesAndReleases) {
  MemoryBudget budget(1000);
  {
    Result<Buffer> buffer = Buffer::allocate(budget, 600, "A");
    ASSERT_TRUE(buffer);
    EXPECT_EQ(budget.used(), 600u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % 64, 0u);
    EXPECT_TRUE(std::all_of(buffer->data(), buffer->data() + 600,
                            [](std::byte byte) { return byte == std::byte{0}; }));
  }
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_EQ(budget.peak(), 600u);
}

TEST(Memory, FailsAtTheCapAndChargesNothing) {
  MemoryBudget budget(1000);
  Result<Buffer> first = Buffer::allocate(budget, 600, "A");
  Result<Buffer> second = Buffer::allocate(budget, 401, "B");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Limit);
  EXPECT_NE(second.error().message.find("B"), std::string::npos);
  EXPECT_EQ(budget.used(), 600u);
  EXPECT_TRUE(Buffer::allocate(budget, 400, "C"));
}

TEST(Memory, SurvivesAbsurdSizes) {
  MemoryBudget budget;
  EXPECT_FALSE(Buffer::allocate(budget, SIZE_MAX, "A"));
  EXPECT_EQ(budget.used(), 0u);
  Result<Buffer> empty = Buffer::allocate(budget, 0, "B");
  ASSERT_TRUE(empty);
  EXPECT_NE(empty->data(), nullptr);
}

TEST(Memory, MovingKeepsTheChargeOnce) {
  MemoryBudget budget(1000);
  Buffer target;
  {
    Result<Buffer> source = Buffer::allocate(budget, 100, "A");
    target = *std::move(source);
    EXPECT_EQ(budget.used(), 100u);
  }
  EXPECT_EQ(budget.used(), 100u);
  target = Buffer();
  EXPECT_EQ(budget.used(), 0u);
}

TEST(Memory, ThreadsNeverPassTheCapTogether) {
  MemoryBudget budget(100);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int round = 0; round < 10'000; ++round)
        if (budget.reserve(40))
          budget.release(40);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_LE(budget.peak(), 100u);
}

} // namespace
