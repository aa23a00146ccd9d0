// Growth of charged blocks, on the heap and in mappings.
#include "runtime/storage/ChargedArray.h"

#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace tl::runtime {
namespace {

constexpr std::size_t kMappingFromBytes = std::size_t{256} << 10;
// Random access to a large block misses the TLB on every access with 4 KiB pages.
constexpr std::size_t kHugePagesFromBytes = std::size_t{8} << 20;
constexpr std::size_t kPageBytes = 4096;

std::size_t wholePages(std::size_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

} // namespace

ChargedBytes::ChargedBytes(ChargedBytes &&other) noexcept
    : account_(other.account_), bytes_(std::exchange(other.bytes_, nullptr)),
      size_(std::exchange(other.size_, 0)), mapped_(std::exchange(other.mapped_, 0)) {}

ChargedBytes &ChargedBytes::operator=(ChargedBytes &&other) noexcept {
  std::swap(account_, other.account_);
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

ChargedBytes::~ChargedBytes() {
  if (mapped_)
    munmap(bytes_, mapped_);
  else
    std::free(bytes_);
  account_->release(size_);
}

bool ChargedBytes::grow(std::size_t bytes) {
  if (bytes <= size_)
    return true;
  if (!account_->reserve(bytes - size_))
    return false;
  if (!resizeBlock(bytes)) {
    account_->release(bytes - size_);
    account_->refuse(bytes - size_);
    return false;
  }
  size_ = bytes;
  return true;
}

bool ChargedBytes::resizeBlock(std::size_t bytes) {
  if (bytes >= kMappingFromBytes)
    return moveToMapping(wholePages(bytes));
  void *moved = std::realloc(bytes_, bytes);
  if (!moved)
    return false;
  std::memset(static_cast<char *>(moved) + size_, 0, bytes - size_);
  bytes_ = moved;
  return true;
}

bool ChargedBytes::moveToMapping(std::size_t bytes) {
  void *block = mapped_ ? mremap(bytes_, mapped_, bytes, MREMAP_MAYMOVE)
                        : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED)
    return false;
  if (!mapped_ && bytes_) {
    std::memcpy(block, bytes_, size_);
    std::free(bytes_);
  }
  if (bytes >= kHugePagesFromBytes)
    madvise(block, bytes, MADV_HUGEPAGE);
  bytes_ = block;
  mapped_ = bytes;
  return true;
}

} // namespace tl::runtime
