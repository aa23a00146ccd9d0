// Code points of UTF-8 text, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tl::runtime {

/// One decoded character. A malformed byte is U+FFFD with one byte and `isValid` false.
struct CodePoint {
  std::uint32_t value = 0;
  std::uint32_t bytes = 1;
  bool isValid = true;
};

/// The character that starts at `position`, which is inside the text.
CodePoint decodeUtf8(std::string_view text, std::size_t position);

/// The bytes of the longest well-formed prefix; its size when all of the text is well-formed.
std::size_t wellFormedPrefix(std::string_view text);

/// Appends the bytes of a valid code point.
void appendUtf8(std::string &text, std::uint32_t codePoint);

} // namespace tl::runtime
