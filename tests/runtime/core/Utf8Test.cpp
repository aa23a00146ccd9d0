// Decoding of well-formed and malformed text.
#include "runtime/core/Utf8.h"

#include <gtest/gtest.h>

namespace tl::runtime {
namespace {

TEST(Utf8, DecodesEveryLength) {
  EXPECT_EQ(decodeUtf8("a", 0).value, 0x61u);
  EXPECT_EQ(decodeUtf8("\xC3\xA9", 0).value, 0xE9u);
  EXPECT_EQ(decodeUtf8("\xE2\x86\x90", 0).value, 0x2190u);
  EXPECT_EQ(decodeUtf8("\xF0\x9F\x98\x80", 0).value, 0x1F600u);
  EXPECT_EQ(decodeUtf8("\xF0\x9F\x98\x80", 0).bytes, 4u);
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCutSequences) {
  for (std::string_view text :
       {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x86", "\xFF"})
    EXPECT_FALSE(decodeUtf8(text, 0).isValid);
}

TEST(Utf8, FindsTheFirstMalformedByte) {
  EXPECT_EQ(wellFormedPrefix("0123456789 caf\xC3\xA9 done"), 21u);
  EXPECT_EQ(wellFormedPrefix("0123456789abcdef\xFFxyz"), 16u);
  EXPECT_EQ(wellFormedPrefix("ab\xE2\x86"), 2u);
}

TEST(Utf8, AppendsWhatItDecodes) {
  for (std::uint32_t value : {0x41u, 0xE9u, 0x2190u, 0x1F600u}) {
    std::string text;
    appendUtf8(text, value);
    EXPECT_EQ(decodeUtf8(text, 0).value, value);
    EXPECT_EQ(decodeUtf8(text, 0).bytes, text.size());
  }
}

} // namespace
} // namespace tl::runtime
