// Memory that knows who touched it: allocations, bounds, races.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tl::gpu {

/// Who touched one byte last, in the present launch of global memory or between two barriers of shared
/// memory.
struct Touch {
  std::uint32_t epoch = 0;
  std::int32_t writer = -1;
  std::int32_t reader = -1; ///< -2: several
  bool isWritten = false;   ///< ever
};

/// Bytes with the history that tells a race: two threads, at least one of which writes, and no barrier
/// between them.
class TrackedBytes {
public:
  explicit TrackedBytes(std::size_t bytes) : bytes(bytes, 0xCD), touches(bytes) {}

  std::size_t size() const { return bytes.size(); }
  std::uint8_t *data() { return bytes.data(); }
  /// Why `thread` may not read or write `count` bytes from `offset` in `epoch`; nothing: it may, and it is
  /// recorded.
  std::optional<std::string> read(std::uint64_t offset, std::uint64_t count, std::uint32_t epoch,
                                  std::int32_t thread);
  std::optional<std::string> write(std::uint64_t offset, std::uint64_t count, std::uint32_t epoch,
                                   std::int32_t thread);
  /// As `write`, of bytes that arrive later: until then nobody has written them.
  std::optional<std::string> announce(std::uint64_t offset, std::uint64_t count, std::uint32_t epoch,
                                      std::int32_t thread);
  /// What the host writes is no race.
  void fill(std::uint64_t offset, const void *from, std::uint64_t count);

private:
  std::vector<std::uint8_t> bytes;
  std::vector<Touch> touches;
};

/// The memory of the device.
class GlobalMemory {
public:
  std::uint64_t allocate(std::uint64_t bytes);
  bool free(std::uint64_t address);
  /// The allocation that holds all of `count` bytes from `address`, and where in it; null: none does.
  TrackedBytes *find(std::uint64_t address, std::uint64_t count, std::uint64_t &offset);
  std::uint64_t used() const { return inUse; }

private:
  std::map<std::uint64_t, TrackedBytes> allocations; ///< by their last address
  std::uint64_t next = 0x700000000000;
  std::uint64_t inUse = 0;
};

} // namespace tl::gpu
