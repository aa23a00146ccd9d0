// Reading characters by hand, with the same words and blanks as the grammar's tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tl::parse {

/// Longer names are refused.
inline constexpr std::size_t kLongestName = 1024;
/// Brackets, minus signs, 'not's and powers that may be inside one another.
inline constexpr std::size_t kDeepestNesting = 1000;
/// One statement, and all that is neither a fact nor a comment, in bytes.
inline constexpr std::size_t kLongestText = std::size_t{64} << 20;

inline constexpr bool isUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
inline constexpr bool isLower(char c) {
  return c >= 'a' && c <= 'z';
}
inline constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
inline constexpr bool isNameByte(char c) {
  return isUpper(c) || isLower(c) || isDigit(c) || c == '_';
}
inline bool isNewline(char c) {
  return c == '\n' || c == '\r';
}

/// The character at `position`, NUL past the end.
inline char at(std::string_view text, std::size_t position) {
  return position < text.size() ? text[position] : '\0';
}

/// Past the name that starts at `position`; the first character is not looked at.
std::size_t endOfName(std::string_view text, std::size_t position);

/// Past blanks and closed comments, on the same line unless a comment goes over its end.
std::size_t skipBlanks(std::string_view text, std::size_t position);

/// Past blanks, newlines and closed comments.
std::size_t skipSpace(std::string_view text, std::size_t position);

/// Past the closing quote of the text that opens at `position`; nothing when it does not end on its line.
std::optional<std::size_t> endOfQuoted(std::string_view text, std::size_t position);

/// The inside of quotes with escapes (`\"` `\\` `\n` `\r` `\t`) resolved; nothing for an unknown escape.
std::optional<std::string> unescape(std::string_view inside);

/// Past the end of a statement at `position` (`;`, newline, end of text and, where facts and rules may end,
/// `.`); nothing when something else follows.
std::optional<std::size_t> endOfStatement(std::string_view text, std::size_t position, bool mayEndInPoint);

/// Past the unsigned INT or REAL token at `position` (a digit).
struct NumberEnd {
  std::size_t position;
  bool isInteger;
};
NumberEnd endOfNumber(std::string_view text, std::size_t position);

/// The value of an INT token; nothing when it does not fit.
std::optional<std::int64_t> integerValue(std::string_view digits);

/// The value of an INT or REAL token; nothing when it is too large.
std::optional<double> realValue(std::string_view number);

/// The text without blanks and comments; quoted parts stay as written.
std::string withoutBlanks(std::string_view text);

} // namespace tl::parse
