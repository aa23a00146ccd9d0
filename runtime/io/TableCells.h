// The cells of a table's text.
#pragma once

#include "runtime/core/Result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tl::runtime {

/// The text between two delimiters, without its quotes.
struct TableCell {
  std::string_view text;
  bool hasDoubledQuotes = false; ///< each two quotes in `text` stand for one
};

/// How a cell ended.
enum class CellEnd : std::uint8_t { Delimiter, Line };

/// What separates the cells of a file.
struct TableDialect {
  char delimiter = ',';
  bool hasQuotes = true;
};

/// By the extension of `path`: commas and quotes for `.csv`, tabs for `.tsv` and `.facts`.
TableDialect tableDialect(std::string_view path);

/// Moves `position` past the end of line or the delimiter there, if either is next.
inline std::optional<CellEnd> acceptCellEnd(const char *&position, const char *end, char delimiter) {
  if (position == end)
    return CellEnd::Line;
  if (*position == delimiter)
    return ++position, CellEnd::Delimiter;
  if (*position == '\n')
    return ++position, CellEnd::Line;
  if (*position != '\r' || (position + 1 != end && position[1] != '\n'))
    return std::nullopt;
  position += position + 1 == end ? 1 : 2;
  return CellEnd::Line;
}

/// Moves `position` past a cell of digits after an optional '-'. False, and nothing moved, for any other cell
/// and for one of more than 18 digits, which needs a closer look.
inline bool acceptIntegerCell(const char *&position, const char *end, char delimiter, std::int64_t &value,
                              CellEnd &cellEnd) {
  const char *digit = position;
  bool isNegative = digit != end && *digit == '-';
  digit += isNegative;
  const char *first = digit;
  std::uint64_t magnitude = 0;
  for (; digit != end && static_cast<unsigned char>(*digit - '0') < 10; ++digit)
    magnitude = magnitude * 10 + static_cast<unsigned char>(*digit - '0');
  if (digit == first || digit - first > 18)
    return false;
  std::optional<CellEnd> ended = acceptCellEnd(digit, end, delimiter);
  if (!ended)
    return false;
  position = digit;
  cellEnd = *ended;
  value = static_cast<std::int64_t>(isNegative ? -magnitude : magnitude);
  return true;
}

/// What breaks RFC 4180 in a quoted cell.
struct CellError {
  const char *position = nullptr;
  std::string_view rule;
};

/// Moves `position` past any cell and its end; nothing when the quotes are wrong, then `error` says why.
std::optional<CellEnd> acceptCell(const char *&position, const char *end, const TableDialect &dialect,
                                  TableCell &cell, CellError &error);

/// The integer of 64 bits in a cell, blanks around it ignored.
std::optional<std::int64_t> integerIn(std::string_view cell);

/// The number in a cell, blanks around it ignored; nothing also for a number beyond the range of 64-bit
/// floats.
std::optional<double> numberIn(std::string_view cell);

} // namespace tl::runtime
