// Characters of UTF-8 text and what kind they are: binary search in tables of ranges.
#include "runtime/io/Unicode.h"

#include <algorithm>
#include <array>
#include <span>

namespace tl::runtime {
namespace {

struct Range {
  char32_t first, last;
};

struct Fold {
  char32_t from;
  std::array<char32_t, 2> to; // the second is 0 when there is one
};

#define TL_LETTER(first, last)
#define TL_NUMBER(first, last)
#define TL_PUNCTUATION(first, last)
#define TL_MARK(first, last)
#define TL_CONTROL(first, last)
#define TL_FOLD(from, to)
#define TL_FOLD2(from, first, second)

#undef TL_LETTER
#define TL_LETTER(first, last) Range{first, last},
constexpr Range kLetters[] = {
#include "runtime/io/Unicode.def"
};
#undef TL_LETTER
#define TL_LETTER(first, last)

#undef TL_NUMBER
#define TL_NUMBER(first, last) Range{first, last},
constexpr Range kNumbers[] = {
#include "runtime/io/Unicode.def"
};
#undef TL_NUMBER
#define TL_NUMBER(first, last)

#undef TL_PUNCTUATION
#define TL_PUNCTUATION(first, last) Range{first, last},
constexpr Range kPunctuation[] = {
#include "runtime/io/Unicode.def"
};
#undef TL_PUNCTUATION
#define TL_PUNCTUATION(first, last)

#undef TL_MARK
#define TL_MARK(first, last) Range{first, last},
constexpr Range kMarks[] = {
#include "runtime/io/Unicode.def"
};
#undef TL_MARK
#define TL_MARK(first, last)

#undef TL_CONTROL
#define TL_CONTROL(first, last) Range{first, last},
constexpr Range kControls[] = {
#include "runtime/io/Unicode.def"
};
#undef TL_CONTROL
#define TL_CONTROL(first, last)

#undef TL_FOLD
#define TL_FOLD(from, to) Fold{from, {to, 0}},
constexpr Fold kFolds[] = {
#include "runtime/io/Unicode.def"
};
#undef TL_FOLD
#define TL_FOLD(from, to)

#undef TL_FOLD2
#define TL_FOLD2(from, first, second) Fold{from, {first, second}},
constexpr Fold kLongFolds[] = {
#include "runtime/io/Unicode.def"
};

#undef TL_LETTER
#undef TL_NUMBER
#undef TL_PUNCTUATION
#undef TL_MARK
#undef TL_CONTROL
#undef TL_FOLD
#undef TL_FOLD2

bool isIn(std::span<const Range> ranges, char32_t character) {
  auto after = std::upper_bound(ranges.begin(), ranges.end(), character,
                                [](char32_t value, const Range &range) { return value < range.first; });
  return after != ranges.begin() && character <= std::prev(after)->last;
}

const Fold *find(std::span<const Fold> folds, char32_t character) {
  auto found = std::lower_bound(folds.begin(), folds.end(), character,
                                [](const Fold &fold, char32_t value) { return fold.from < value; });
  return found != folds.end() && found->from == character ? &*found : nullptr;
}

/// Hangul syllables decompose by arithmetic (Unicode, section 3.12).
std::u32string decomposedHangul(char32_t character) {
  constexpr char32_t kVowels = 21, kTrails = 28;
  const char32_t index = character - 0xAC00;
  std::u32string parts{static_cast<char32_t>(0x1100 + index / (kVowels * kTrails)),
                       static_cast<char32_t>(0x1161 + index % (kVowels * kTrails) / kTrails)};
  if (const char32_t trail = index % kTrails)
    parts += static_cast<char32_t>(0x11A7 + trail);
  return parts;
}

} // namespace

char32_t nextCharacter(std::string_view text, std::size_t &position) {
  const auto lead = static_cast<unsigned char>(text[position]);
  const std::size_t count = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t character = count == 1 ? lead : lead & (0x7Fu >> count);
  for (std::size_t k = 1; k < count && position + k < text.size(); ++k)
    character = character << 6 | (static_cast<unsigned char>(text[position + k]) & 0x3Fu);
  position = std::min(position + count, text.size());
  return character;
}

void appendCharacter(char32_t character, std::string &text) {
  auto byte = [&](char32_t value) { text += static_cast<char>(static_cast<unsigned char>(value)); };
  if (character < 0x80)
    return byte(character);
  if (character < 0x800) {
    byte(0xC0 | character >> 6);
  } else if (character < 0x10000) {
    byte(0xE0 | character >> 12);
    byte(0x80 | (character >> 6 & 0x3F));
  } else {
    byte(0xF0 | character >> 18);
    byte(0x80 | (character >> 12 & 0x3F));
    byte(0x80 | (character >> 6 & 0x3F));
  }
  byte(0x80 | (character & 0x3F));
}

bool isLetter(char32_t character) {
  return isIn(kLetters, character);
}
bool isNumber(char32_t character) {
  return isIn(kNumbers, character);
}
bool isPunctuation(char32_t character) {
  return isIn(kPunctuation, character);
}
bool isMark(char32_t character) {
  return isIn(kMarks, character);
}
bool isControl(char32_t character) {
  return isIn(kControls, character);
}

bool isSpace(char32_t character) {
  static constexpr Range kSpaces[] = {{0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},
                                      {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                                      {0x205F, 0x205F}, {0x3000, 0x3000}};
  return isIn(kSpaces, character);
}

std::u32string folded(char32_t character) {
  if (character < 0x80)
    return {character >= 'A' && character <= 'Z' ? character + 32 : character};
  if (character >= 0xAC00 && character <= 0xD7A3)
    return decomposedHangul(character);
  if (isMark(character))
    return {};
  if (const Fold *fold = find(kFolds, character))
    return {fold->to[0]};
  if (const Fold *fold = find(kLongFolds, character))
    return {fold->to[0], fold->to[1]};
  return {character};
}

} // namespace tl::runtime
