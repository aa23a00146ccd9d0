// Stopping a computation from outside.
#pragma once

#include "runtime/core/Result.h"

#include <atomic>
#include <chrono>
#include <optional>

namespace tl::runtime {

/// Polled at loop back-edges. `request` is safe in a signal handler.
class CancelToken {
public:
  void request() { requested.store(1, std::memory_order_relaxed); }
  void reset() { requested.store(0, std::memory_order_relaxed); }
  void setDeadline(std::chrono::steady_clock::time_point when) { deadline = when; }

  /// The Interrupted or Limit error once the computation should stop.
  std::optional<Error> poll() const {
    if (requested.load(std::memory_order_relaxed))
      return Error{ErrorKind::Interrupted, "interrupted"};
    if (deadline && std::chrono::steady_clock::now() > *deadline)
      return Error{ErrorKind::Limit, "the time limit is reached (--timeout)"};
    return std::nullopt;
  }
  /// Non-zero once stopped by `request`; generated code reads it.
  const std::atomic<std::int32_t> &flag() const { return requested; }

private:
  std::atomic<std::int32_t> requested{0};
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

} // namespace tl::runtime
