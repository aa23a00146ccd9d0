// Characters of UTF-8 text and what kind they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tl::runtime {

/// The character at `position` of well-formed UTF-8; moves `position` behind it.
char32_t nextCharacter(std::string_view text, std::size_t &position);

/// Appends the UTF-8 form.
void appendCharacter(char32_t character, std::string &text);

bool isLetter(char32_t character);
bool isNumber(char32_t character);
bool isPunctuation(char32_t character);
/// A mark that stands on another letter, as an accent does.
bool isMark(char32_t character);
/// Controls, formats and private characters.
bool isControl(char32_t character);
bool isSpace(char32_t character);

/// Lower case without accents, decomposed; ASCII included.
std::u32string folded(char32_t character);

} // namespace tl::runtime
