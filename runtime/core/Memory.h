// The hard memory cap: every large allocation of a session is charged to one budget.
#pragma once

#include "runtime/core/Result.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tl::runtime {

/// Bytes in use against a cap. Thread-safe; must outlive every `Buffer` charged to it.
class MemoryBudget {
public:
  explicit MemoryBudget(std::size_t capBytes = SIZE_MAX) : cap(capBytes) {}
  MemoryBudget(const MemoryBudget &) = delete;
  MemoryBudget &operator=(const MemoryBudget &) = delete;

  /// Charges `bytes`; false, and nothing charged, when that passes the cap.
  bool reserve(std::size_t bytes);
  void release(std::size_t bytes);
  std::size_t used() const { return inUse.load(std::memory_order_relaxed); }
  std::size_t peak() const { return highest.load(std::memory_order_relaxed); }
  std::size_t capBytes() const { return cap; }

private:
  std::size_t cap;
  std::atomic<std::size_t> inUse{0};
  std::atomic<std::size_t> highest{0};
};

/// The Limit error for `what` needing `bytes` more than `budget` has.
Error outOfMemory(const MemoryBudget &budget, std::string_view what, std::size_t bytes);

/// 64-byte aligned bytes charged to a budget; move-only.
class Buffer {
public:
  Buffer() = default;
  Buffer(Buffer &&other) noexcept;
  Buffer &operator=(Buffer &&other) noexcept;
  ~Buffer();

  /// `bytes` bytes, zeroed when `zeroed`; `what` names the tensor in the error.
  static Result<Buffer> allocate(MemoryBudget &budget, std::size_t bytes, std::string_view what,
                                 bool zeroed = true);

  std::byte *data() { return bytes_; }
  const std::byte *data() const { return bytes_; }
  std::size_t size() const { return size_; }

private:
  MemoryBudget *budget_ = nullptr;
  std::byte *bytes_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace tl::runtime
