// Decoding by the table of well-formed byte sequences (Unicode standard, table 3-7).
#include "runtime/core/Utf8.h"

#include <cstring>

namespace tl::runtime {
namespace {

constexpr CodePoint kMalformed{0xFFFD, 1, false};

/// How many bytes follow a lead byte, and what the first of them may be.
struct Sequence {
  std::uint32_t bytes;
  unsigned char lowest, highest;
};

Sequence sequenceOf(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF)
    return {2, 0x80, 0xBF};
  if ((lead & 0xF0) == 0xE0)
    return {3, static_cast<unsigned char>(lead == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(lead == 0xED ? 0x9F : 0xBF)};
  if (lead >= 0xF0 && lead <= 0xF4)
    return {4, static_cast<unsigned char>(lead == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(lead == 0xF4 ? 0x8F : 0xBF)};
  return {0, 0, 0};
}

} // namespace

CodePoint decodeUtf8(std::string_view text, std::size_t position) {
  auto lead = static_cast<unsigned char>(text[position]);
  if (lead < 0x80)
    return {lead, 1, true};
  Sequence sequence = sequenceOf(lead);
  if (sequence.bytes == 0 || text.size() - position < sequence.bytes)
    return kMalformed;
  std::uint32_t value = lead & (0x7Fu >> sequence.bytes);
  unsigned char lowest = sequence.lowest, highest = sequence.highest;
  for (std::uint32_t offset = 1; offset < sequence.bytes; ++offset) {
    auto byte = static_cast<unsigned char>(text[position + offset]);
    if (byte < lowest || byte > highest)
      return kMalformed;
    value = value << 6 | (byte & 0x3F);
    lowest = 0x80, highest = 0xBF;
  }
  return {value, sequence.bytes, true};
}

std::size_t wellFormedPrefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  std::size_t position = 0;
  while (position < text.size()) {
    std::uint64_t word = kHighBits;
    if (text.size() - position >= sizeof word)
      std::memcpy(&word, text.data() + position, sizeof word);
    if (!(word & kHighBits)) {
      position += sizeof word;
      continue;
    }
    CodePoint character = decodeUtf8(text, position);
    if (!character.isValid)
      return position;
    position += character.bytes;
  }
  return position;
}

void appendUtf8(std::string &text, std::uint32_t codePoint) {
  auto append = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  auto follow = [&](std::uint32_t shift) { append(0x80 | (codePoint >> shift & 0x3F)); };
  if (codePoint < 0x80)
    return append(codePoint);
  if (codePoint < 0x800) {
    append(0xC0 | codePoint >> 6);
  } else if (codePoint < 0x10000) {
    append(0xE0 | codePoint >> 12);
    follow(6);
  } else {
    append(0xF0 | codePoint >> 18);
    follow(12);
    follow(6);
  }
  follow(0);
}

} // namespace tl::runtime
