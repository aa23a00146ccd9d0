// Loops over several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace tl::runtime {

/// Threads that sleep until a loop needs them; they start at the first loop worth sharing. Never spins: on a
/// machine that is busy otherwise a spinning thread takes the time of the one it waits for.
class ThreadPool {
public:
  /// At most `threads` threads work on a loop, the calling one among them; below 1 counts as 1.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int threads() const;

  /// Calls `body(from, to)` for consecutive equal parts of [begin, end), each of at least `grain` positions
  /// where there are that many, and returns when all are done. Parts write disjoint elements and no part
  /// depends on another or on where it is cut, so that results do not depend on the number of threads. Inside
  /// a body, or while another thread has a loop running, the whole loop runs on the calling thread. `body`
  /// does not throw.
  template <typename Body>
  void parallelFor(std::int64_t begin, std::int64_t end, std::int64_t grain, Body &&body) {
    using Callable = std::remove_reference_t<Body>;
    run({begin, end, grain, const_cast<void *>(static_cast<const void *>(&body)),
         [](void *callable, std::int64_t from, std::int64_t to) {
           (*static_cast<Callable *>(callable))(from, to);
         }});
  }

private:
  struct Loop {
    std::int64_t begin = 0, end = 0, grain = 1;
    void *callable = nullptr;
    void (*call)(void *callable, std::int64_t from, std::int64_t to) = nullptr;
  };
  class Impl;

  void run(const Loop &loop);

  std::unique_ptr<Impl> impl;
};

} // namespace tl::runtime
