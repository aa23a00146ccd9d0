// Bounds and histories.
#include "tests/gpu/emulator/Memory.h"

#include <cstring>

namespace tl::gpu {
namespace {

/// Between allocations, so that running past the end of one never ends in another.
constexpr std::uint64_t kGap = 4096;

} // namespace

std::optional<std::string> TrackedBytes::read(std::uint64_t offset, std::uint64_t count, std::uint32_t epoch,
                                              std::int32_t thread) {
  for (std::uint64_t at = offset; at < offset + count; ++at) {
    Touch &touch = touches[at];
    if (!touch.isWritten)
      return "reads what nobody has written";
    if (touch.epoch != epoch)
      touch = {epoch, -1, -1, true};
    if (touch.writer >= 0 && touch.writer != thread)
      return "reads what thread " + std::to_string(touch.writer) + " writes, and no barrier orders them";
    touch.reader = touch.reader == -1 || touch.reader == thread ? thread : -2;
  }
  return std::nullopt;
}

std::optional<std::string> TrackedBytes::write(std::uint64_t offset, std::uint64_t count, std::uint32_t epoch,
                                               std::int32_t thread) {
  for (std::uint64_t at = offset; at < offset + count; ++at) {
    Touch &touch = touches[at];
    if (touch.epoch != epoch)
      touch = {epoch, -1, -1, touch.isWritten};
    if (touch.writer >= 0 && touch.writer != thread)
      return "writes what thread " + std::to_string(touch.writer) + " writes, and no barrier orders them";
    if (touch.reader != -1 && touch.reader != thread)
      return "writes what another thread reads, and no barrier orders them";
    touch.writer = thread;
    touch.isWritten = true;
  }
  return std::nullopt;
}

std::optional<std::string> TrackedBytes::announce(std::uint64_t offset, std::uint64_t count,
                                                  std::uint32_t epoch, std::int32_t thread) {
  if (std::optional<std::string> wrong = write(offset, count, epoch, thread))
    return wrong;
  for (std::uint64_t at = offset; at < offset + count; ++at)
    touches[at].isWritten = false;
  return std::nullopt;
}

void TrackedBytes::fill(std::uint64_t offset, const void *from, std::uint64_t count) {
  std::memcpy(bytes.data() + offset, from, count);
  for (std::uint64_t at = offset; at < offset + count; ++at)
    touches[at] = {0, -1, -1, true};
}

std::uint64_t GlobalMemory::allocate(std::uint64_t bytes) {
  const std::uint64_t address = next;
  allocations.emplace(address + bytes - 1, TrackedBytes(bytes));
  next = (address + bytes + 2 * kGap) / kGap * kGap;
  inUse += bytes;
  return address;
}

bool GlobalMemory::free(std::uint64_t address) {
  auto found = allocations.lower_bound(address);
  if (found == allocations.end() || found->first - found->second.size() + 1 != address)
    return false;
  inUse -= found->second.size();
  allocations.erase(found);
  return true;
}

TrackedBytes *GlobalMemory::find(std::uint64_t address, std::uint64_t count, std::uint64_t &offset) {
  auto found = allocations.lower_bound(address);
  if (found == allocations.end())
    return nullptr;
  const std::uint64_t begin = found->first - found->second.size() + 1;
  if (address < begin || address + count - 1 > found->first)
    return nullptr;
  offset = address - begin;
  return &found->second;
}

} // namespace tl::gpu
