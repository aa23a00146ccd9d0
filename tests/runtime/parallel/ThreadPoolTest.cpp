// Parallel loops of many sizes: every position once, nested and concurrent loops, start and end of the
// threads.
#include "runtime/parallel/ThreadPool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace tl::runtime {
namespace {

TEST(ThreadPool, VisitsEveryPositionOnce) {
  for (int threads : {-1, 1, 2, 3, 4, 7}) {
    ThreadPool pool(threads);
    for (std::int64_t count : {0, 1, 2, 3, 5, 63, 64, 65, 1000, 4099})
      for (std::int64_t grain : {0, 1, 7, 64, 5000}) {
        std::vector<int> visits(static_cast<std::size_t>(count), 0);
        pool.parallelFor(0, count, grain, [&](std::int64_t from, std::int64_t to) {
          for (std::int64_t position = from; position < to; ++position)
            ++visits[static_cast<std::size_t>(position)];
        });
        EXPECT_EQ(visits, std::vector<int>(visits.size(), 1))
            << threads << " threads, " << count << " by " << grain;
      }
  }
}

TEST(ThreadPool, CutsEqualPartsNoSmallerThanTheGrain) {
  ThreadPool pool(4);
  std::mutex mutex;
  std::set<std::pair<std::int64_t, std::int64_t>> parts;
  auto note = [&](std::int64_t from, std::int64_t to) {
    std::lock_guard<std::mutex> lock(mutex);
    parts.insert({from, to});
  };
  pool.parallelFor(-5, 5, 1, note);
  EXPECT_EQ(parts, (std::set<std::pair<std::int64_t, std::int64_t>>{{-5, -2}, {-2, 1}, {1, 3}, {3, 5}}));
  parts.clear();
  pool.parallelFor(0, 11, 4, note);
  EXPECT_EQ(parts, (std::set<std::pair<std::int64_t, std::int64_t>>{{0, 6}, {6, 11}}));
  parts.clear();
  pool.parallelFor(0, 7, 4, note);
  EXPECT_EQ(parts, (std::set<std::pair<std::int64_t, std::int64_t>>{{0, 7}}));
}

TEST(ThreadPool, RunsNestedLoopsOnTheCallingThread) {
  ThreadPool pool(3);
  std::atomic<std::int64_t> sum{0};
  pool.parallelFor(0, 30, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t outer = from; outer < to; ++outer) {
      std::thread::id caller = std::this_thread::get_id();
      pool.parallelFor(0, 20, 1, [&](std::int64_t innerFrom, std::int64_t innerTo) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        sum += innerTo - innerFrom;
      });
    }
  });
  EXPECT_EQ(sum, 600);
}

TEST(ThreadPool, ServesSeveralCallersAtOnce) {
  ThreadPool pool(2);
  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int loop = 0; loop < 200; ++loop)
        pool.parallelFor(0, 100, 1, [&](std::int64_t from, std::int64_t to) { sum += to - from; });
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(sum, 4 * 200 * 100);
}

TEST(ThreadPool, StartsAndEndsWithoutALoop) {
  for (int repetition = 0; repetition < 50; ++repetition) {
    ThreadPool idle(4);
    ThreadPool used(4);
    std::atomic<int> sum{0};
    used.parallelFor(0, 4, 1,
                     [&](std::int64_t from, std::int64_t to) { sum += static_cast<int>(to - from); });
    EXPECT_EQ(sum, 4);
  }
}

TEST(ThreadPool, CallsTheBodyWithoutCopyingIt) {
  struct Counter {
    std::atomic<std::int64_t> seen{0};
    void operator()(std::int64_t from, std::int64_t to) { seen += to - from; }
  } counter; // an atomic cannot be copied
  ThreadPool pool(2);
  pool.parallelFor(0, 1000, 10, counter);
  EXPECT_EQ(counter.seen, 1000);
}

} // namespace
} // namespace tl::runtime
