// Validation by the table of well-formed byte sequences (Unicode standard, table 3-7).
#include "runtime/io/Utf8.h"

#include <cstdint>
#include <cstring>

namespace tl::runtime {
namespace {

bool isBetween(unsigned char byte, unsigned char lowest, unsigned char highest) {
  return byte >= lowest && byte <= highest;
}

/// The bytes of the well-formed sequence at the start of `text`, which is not empty; 0 if there is none.
std::size_t sequenceBytes(std::string_view text) {
  auto byteAt = [&](std::size_t position) {
    return position < text.size() ? static_cast<unsigned char>(text[position]) : 0;
  };
  unsigned char lead = byteAt(0);
  if (lead < 0x80)
    return 1;
  if (isBetween(lead, 0xC2, 0xDF))
    return isBetween(byteAt(1), 0x80, 0xBF) ? 2 : 0;
  if (isBetween(lead, 0xE0, 0xEF)) {
    unsigned char lowest = lead == 0xE0 ? 0xA0 : 0x80, highest = lead == 0xED ? 0x9F : 0xBF;
    return isBetween(byteAt(1), lowest, highest) && isBetween(byteAt(2), 0x80, 0xBF) ? 3 : 0;
  }
  if (isBetween(lead, 0xF0, 0xF4)) {
    unsigned char lowest = lead == 0xF0 ? 0x90 : 0x80, highest = lead == 0xF4 ? 0x8F : 0xBF;
    return isBetween(byteAt(1), lowest, highest) && isBetween(byteAt(2), 0x80, 0xBF) &&
                   isBetween(byteAt(3), 0x80, 0xBF)
               ? 4
               : 0;
  }
  return 0;
}

} // namespace

std::size_t validUtf8Prefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  std::size_t position = 0;
  while (position < text.size()) {
    std::uint64_t word;
    if (text.size() - position >= sizeof word) {
      std::memcpy(&word, text.data() + position, sizeof word);
      if (!(word & kHighBits)) {
        position += sizeof word;
        continue;
      }
    }
    std::size_t bytes = sequenceBytes(text.substr(position));
    if (bytes == 0)
      return position;
    position += bytes;
  }
  return position;
}

} // namespace tl::runtime
