// The stop flag of running kernels.
#pragma once

#include "runtime/core/Cancel.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace tl::runtime {

/// Raises a flag that kernels read when the computation should stop. A deadline passes without anybody saying
/// so; hence a thread that asks every few milliseconds, started before the first call that may take long.
class Watch {
public:
  explicit Watch(const runtime::CancelToken &cancel) : cancel(cancel) {}
  ~Watch();

  const volatile std::int32_t *flag() const { return reinterpret_cast<const volatile std::int32_t *>(&stop); }
  /// The same flag, for whoever has another reason to end the loops of a kernel.
  std::atomic<std::int32_t> &request() { return stop; }
  void start();

private:
  void ask();

  const runtime::CancelToken &cancel;
  std::atomic<std::int32_t> stop{0};
  static_assert(sizeof(std::atomic<std::int32_t>) == sizeof(std::int32_t) &&
                std::atomic<std::int32_t>::is_always_lock_free);
  std::mutex mutex;
  std::condition_variable wake;
  bool isDone = false;
  std::thread thread;
};

} // namespace tl::runtime
