// Well-formed and malformed UTF-8.
#include "runtime/io/Utf8.h"

#include <gtest/gtest.h>

#include <string>

using namespace tl::runtime;

namespace {

std::string encoded(std::uint32_t point) {
  if (point < 0x80)
    return {static_cast<char>(point)};
  if (point < 0x800)
    return {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
  if (point < 0x10000)
    return {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
            static_cast<char>(0x80 | (point & 0x3F))};
  return {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
          static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
}

TEST(Utf8, AcceptsEveryCodePointButSurrogates) {
  for (std::uint32_t point = 0; point < 0x120000; ++point) {
    std::string text = encoded(point);
    bool isValid = point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
    ASSERT_EQ(validUtf8Prefix(text), isValid ? text.size() : 0) << std::hex << point;
  }
}

TEST(Utf8, RefusesOverlongForms) {
  for (std::string_view text : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF"})
    EXPECT_EQ(validUtf8Prefix(text), 0u);
}

TEST(Utf8, TellsWhereTheTextBreaks) {
  std::string text = "0123456789\xC3\xA9 and\x80 more";
  EXPECT_EQ(validUtf8Prefix(text), 16u);
  EXPECT_EQ(validUtf8Prefix("\xC3"), 0u);
  EXPECT_EQ(validUtf8Prefix("ab\xE2\x82"), 2u);
}

} // namespace
