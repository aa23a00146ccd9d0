// The layout of the records of a zip archive (PKWARE's APPNOTE, sections 4.3 and 4.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tl::runtime {

inline constexpr std::uint32_t kZipLocal = 0x04034b50, kZipCentral = 0x02014b50, kZipEnd = 0x06054b50;
inline constexpr std::uint32_t kZipWideEnd = 0x06064b50, kZipWideLocator = 0x07064b50;
inline constexpr std::uint16_t kZipWideExtra = 1;
inline constexpr std::uint16_t kZipStored = 0, kZipDeflated = 8;
// Bytes of the fixed parts.
inline constexpr std::uint64_t kZipLocalBytes = 30, kZipCentralBytes = 46, kZipEndBytes = 22;
inline constexpr std::uint64_t kZipWideEndBytes = 56, kZipWideLocatorBytes = 20;

/// The unsigned number in `width` bytes at `offset`, which must lie within `bytes`.
inline std::uint64_t littleEndianAt(std::span<const std::byte> bytes, std::uint64_t offset,
                                    std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t position = width; position > 0; --position)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[offset + position - 1]);
  return value;
}

/// Whether the name is relative and has no `..` step, with either kind of slash.
bool isSafeZipName(std::string_view name);

} // namespace tl::runtime
