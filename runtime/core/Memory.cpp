// Charged, aligned allocation.
#include "runtime/core/Memory.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <utility>

namespace tl::runtime {
namespace {

constexpr std::size_t kAlignment = 64;
// Reading a large tensor from end to end waits for its page tables as long as for its elements when pages are
// small. Blocks of less than 32 MiB come from memory that the allocator keeps, whose pages are there already.
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHugePagesFromBytes = std::size_t{32} << 20;

std::string mebibytes(std::size_t bytes) {
  return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB";
}

/// The whole huge pages of a large block are asked for; what is left over at its end stays in small ones.
void *alignedMemory(std::size_t alignment, std::size_t bytes) {
  void *memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory && alignment == kHugePage)
    ::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return memory;
}

} // namespace

bool MemoryBudget::reserve(std::size_t bytes) {
  std::size_t before = inUse.load(std::memory_order_relaxed);
  do {
    if (bytes > cap || before > cap - bytes)
      return false;
  } while (!inUse.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
  std::size_t seen = highest.load(std::memory_order_relaxed);
  while (seen < before + bytes &&
         !highest.compare_exchange_weak(seen, before + bytes, std::memory_order_relaxed)) {
  }
  return true;
}

void MemoryBudget::release(std::size_t bytes) {
  inUse.fetch_sub(bytes, std::memory_order_relaxed);
}

Error outOfMemory(const MemoryBudget &budget, std::string_view what, std::size_t bytes) {
  return {ErrorKind::Limit, "out of memory: " + std::string(what) + " needs " + mebibytes(bytes) + " more, " +
                                mebibytes(budget.used()) + " of " + mebibytes(budget.capBytes()) +
                                " are in use (--max-memory)"};
}

Buffer::Buffer(Buffer &&other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

Buffer &Buffer::operator=(Buffer &&other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  return *this;
}

Buffer::~Buffer() {
  std::free(bytes_);
  if (budget_)
    budget_->release(size_);
}

Result<Buffer> Buffer::allocate(MemoryBudget &budget, std::size_t bytes, std::string_view what, bool zeroed) {
  if (bytes > SIZE_MAX - kHugePage || !budget.reserve(bytes))
    return outOfMemory(budget, what, bytes);
  const std::size_t alignment = bytes >= kHugePagesFromBytes ? kHugePage : kAlignment;
  // Room for one element even when there is none, so that data() is never null.
  std::size_t rounded = (bytes + kAlignment) / kAlignment * kAlignment;
  void *memory = alignedMemory(alignment, rounded);
  if (!memory) {
    budget.release(bytes);
    return outOfMemory(budget, what, bytes);
  }
  if (zeroed)
    std::memset(memory, 0, rounded);
  Buffer buffer;
  buffer.budget_ = &budget;
  buffer.bytes_ = static_cast<std::byte *>(memory);
  buffer.size_ = bytes;
  return buffer;
}

} // namespace tl::runtime
