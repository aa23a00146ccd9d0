// The hand-written counterparts of the grammar's tokens.
#include "frontend/parse/Lexical.h"

#include <array>
#include <charconv>
#include <cstdlib>

namespace tl::parse {
namespace {

/// Past the comment at `position`; `position` itself when none is there or it does not end.
std::size_t skipComment(std::string_view text, std::size_t position) {
  if (at(text, position) != '/')
    return position;
  if (at(text, position + 1) == '/') {
    std::size_t end = text.find_first_of("\r\n", position);
    return end == std::string_view::npos ? text.size() : end;
  }
  if (at(text, position + 1) != '*')
    return position;
  std::size_t end = text.find("*/", position + 2);
  return end == std::string_view::npos ? position : end + 2;
}

template <class IsSpace> std::size_t skip(std::string_view text, std::size_t position, IsSpace isSpace) {
  while (true) {
    while (position < text.size() && isSpace(text[position]))
      ++position;
    std::size_t next = skipComment(text, position);
    if (next == position)
      return position;
    position = next;
  }
}

constexpr std::array<bool, 256> kIsNameByte = [] {
  std::array<bool, 256> isName = {};
  for (int byte = 0; byte < 256; ++byte)
    isName[static_cast<std::size_t>(byte)] = isNameByte(static_cast<char>(byte));
  return isName;
}();

bool isBlank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

std::size_t skipDigits(std::string_view text, std::size_t position) {
  while (isDigit(at(text, position)))
    ++position;
  return position;
}

} // namespace

std::size_t endOfName(std::string_view text, std::size_t position) {
  while (position < text.size() && kIsNameByte[static_cast<unsigned char>(text[position])])
    ++position;
  while (at(text, position) == '\'')
    ++position;
  return position;
}

std::size_t skipBlanks(std::string_view text, std::size_t position) {
  return skip(text, position, isBlank);
}

std::size_t skipSpace(std::string_view text, std::size_t position) {
  return skip(text, position, [](char c) { return isBlank(c) || isNewline(c); });
}

std::optional<std::size_t> endOfQuoted(std::string_view text, std::size_t position) {
  for (++position; position < text.size() && !isNewline(text[position]); ++position) {
    if (text[position] == '"')
      return position + 1;
    if (text[position] == '\\' && !isNewline(at(text, position + 1)))
      ++position;
  }
  return std::nullopt;
}

std::optional<std::string> unescape(std::string_view inside) {
  std::string text;
  for (std::size_t position = 0; position < inside.size(); ++position) {
    if (inside[position] != '\\') {
      text += inside[position];
      continue;
    }
    switch (at(inside, ++position)) {
    case '"':
      text += '"';
      break;
    case '\\':
      text += '\\';
      break;
    case 'n':
      text += '\n';
      break;
    case 'r':
      text += '\r';
      break;
    case 't':
      text += '\t';
      break;
    default:
      return std::nullopt;
    }
  }
  return text;
}

std::optional<std::size_t> endOfStatement(std::string_view text, std::size_t position, bool mayEndInPoint) {
  position = skipBlanks(text, position);
  if (position >= text.size())
    return position;
  char c = text[position];
  if (isNewline(c) || c == ';')
    return position + 1;
  if (mayEndInPoint && c == '.' && !(at(text, position + 1) == '.' && at(text, position + 2) == '.'))
    return position + 1;
  return std::nullopt;
}

NumberEnd endOfNumber(std::string_view text, std::size_t position) {
  std::size_t end = skipDigits(text, position);
  bool isInteger = true;
  if (at(text, end) == '.' && isDigit(at(text, end + 1))) {
    end = skipDigits(text, end + 1);
    isInteger = false;
  }
  if (at(text, end) != 'e' && at(text, end) != 'E')
    return {end, isInteger};
  std::size_t exponent = end + 1;
  if (at(text, exponent) == '+' || at(text, exponent) == '-')
    ++exponent;
  return isDigit(at(text, exponent)) ? NumberEnd{skipDigits(text, exponent), false}
                                     : NumberEnd{end, isInteger};
}

std::optional<std::int64_t> integerValue(std::string_view digits) {
  std::int64_t value = 0;
  auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<double> realValue(std::string_view number) {
  double value = 0;
  auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  if (result.ec == std::errc())
    return value;
  // from_chars does not tell too small from too large; a number below the smallest is 0 or subnormal.
  value = std::strtod(std::string(number).c_str(), nullptr);
  return value < 1 ? std::optional(value) : std::nullopt;
}

std::string withoutBlanks(std::string_view text) {
  std::string out;
  for (std::size_t position = skipSpace(text, 0); position < text.size();
       position = skipSpace(text, position)) {
    std::size_t end =
        text[position] == '"' ? endOfQuoted(text, position).value_or(text.size()) : position + 1;
    out += text.substr(position, end - position);
    position = end;
  }
  return out;
}

} // namespace tl::parse
