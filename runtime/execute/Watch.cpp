// The thread behind the stop flag.
#include "runtime/execute/Watch.h"

namespace tl::runtime {
namespace {

constexpr std::chrono::milliseconds kPeriod(5);

} // namespace

Watch::~Watch() {
  if (!thread.joinable())
    return;
  {
    std::lock_guard lock(mutex);
    isDone = true;
  }
  wake.notify_one();
  thread.join();
}

void Watch::start() {
  if (!thread.joinable())
    thread = std::thread([this] { ask(); });
}

void Watch::ask() {
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, kPeriod, [this] { return isDone; }))
    if (cancel.poll())
      stop.store(1, std::memory_order_relaxed);
}

} // namespace tl::runtime
