// A growing, zero-filled array whose bytes are charged to the memory budget.
#pragma once

#include "runtime/core/Memory.h"

#include <atomic>
#include <cstddef>
#include <utility>

namespace tl::runtime {

/// What one storage has charged to the budget; for any number of threads. Remembers the request that was
/// refused, so that the storage can carry on to a place where an error can be returned.
class StorageAccount {
public:
  explicit StorageAccount(MemoryBudget &budget) : budget_(budget) {}
  StorageAccount(const StorageAccount &) = delete;
  StorageAccount &operator=(const StorageAccount &) = delete;

  /// Charges `bytes`; false when the budget does not have them.
  bool reserve(std::size_t bytes) {
    if (budget_.reserve(bytes))
      return true;
    refuse(bytes);
    return false;
  }
  void release(std::size_t bytes) { budget_.release(bytes); }
  void refuse(std::size_t bytes) { refusedBytes_.store(bytes, std::memory_order_relaxed); }
  std::size_t refusedBytes() const { return refusedBytes_.load(std::memory_order_relaxed); }
  std::size_t remainingBytes() const { return budget_.capBytes() - budget_.used(); }
  MemoryBudget &budget() const { return budget_; }

private:
  MemoryBudget &budget_;
  std::atomic<std::size_t> refusedBytes_ = 0;
};

/// Untyped bytes under `ChargedArray`. New bytes are zero. Small blocks come from the heap; large ones are
/// mapped, so that growing one moves page tables and not bytes, and pages never written cost no memory.
class ChargedBytes {
public:
  explicit ChargedBytes(StorageAccount &account) : account_(&account) {}
  ChargedBytes(ChargedBytes &&other) noexcept;
  ChargedBytes &operator=(ChargedBytes &&other) noexcept;
  ~ChargedBytes();

  /// Makes the block `bytes` long; it never shrinks. False, and nothing changed, when memory runs out. Moves
  /// the block.
  bool grow(std::size_t bytes);
  void *data() const { return bytes_; }
  std::size_t size() const { return size_; }

private:
  bool resizeBlock(std::size_t bytes);
  bool moveToMapping(std::size_t bytes);

  StorageAccount *account_;
  void *bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t mapped_ = 0; // bytes of the mapping; 0 on the heap
};

/// `size` elements of a trivial type, zero when new. Growth invalidates pointers.
template <typename T> class ChargedArray {
public:
  explicit ChargedArray(StorageAccount &account) : bytes(account) {}

  std::size_t size() const { return bytes.size() / sizeof(T); }
  T *data() const { return static_cast<T *>(bytes.data()); }
  T &operator[](std::size_t position) const { return data()[position]; }

  /// At least `elements` long, exactly that when it grows.
  bool growTo(std::size_t elements) { return elements <= size() || bytes.grow(elements * sizeof(T)); }

  /// At least `elements` long, with room to spare: twice the size while small, an eighth more when large,
  /// where growing copies nothing. Takes what is needed when the spare room is not to be had.
  bool growAmortised(std::size_t elements) {
    if (elements <= size())
      return true;
    std::size_t step = bytes.size() < kLargeBytes ? size() : size() / 8;
    return (size() + step > elements && growTo(size() + step)) || growTo(elements);
  }

private:
  static constexpr std::size_t kLargeBytes = std::size_t{64} << 20;
  ChargedBytes bytes;
};

} // namespace tl::runtime
