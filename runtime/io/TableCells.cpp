// Scanning cells of both dialects.
#include "runtime/io/TableCells.h"

#include <charconv>
#include <cstring>

namespace tl::runtime {
namespace {

std::string_view trimmed(std::string_view cell) {
  std::size_t first = cell.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return cell.substr(first, cell.find_last_not_of(" \t") - first + 1);
}

/// From the opening quote at `position`.
std::optional<CellEnd> acceptQuotedCell(const char *&position, const char *end, char delimiter,
                                        TableCell &cell, CellError &error) {
  const char *begin = position + 1, *quote = begin;
  while (true) {
    quote = static_cast<const char *>(std::memchr(quote, '"', static_cast<std::size_t>(end - quote)));
    if (!quote) {
      error = {position, "the quote that opens this cell is not closed"};
      return std::nullopt;
    }
    if (quote + 1 == end || quote[1] != '"')
      break;
    cell.hasDoubledQuotes = true;
    quote += 2;
  }
  cell.text = {begin, static_cast<std::size_t>(quote - begin)};
  position = quote + 1;
  std::optional<CellEnd> ended = acceptCellEnd(position, end, delimiter);
  if (!ended)
    error = {position, "a cell goes on after its closing quote; a quote inside must be doubled"};
  return ended;
}

} // namespace

TableDialect tableDialect(std::string_view path) {
  return path.ends_with(".csv") ? TableDialect{',', true} : TableDialect{'\t', false};
}

std::optional<CellEnd> acceptCell(const char *&position, const char *end, const TableDialect &dialect,
                                  TableCell &cell, CellError &error) {
  cell.hasDoubledQuotes = false;
  if (dialect.hasQuotes && position != end && *position == '"')
    return acceptQuotedCell(position, end, dialect.delimiter, cell, error);
  const char *begin = position, *stop = begin;
  char quote = dialect.hasQuotes ? '"' : dialect.delimiter;
  while (stop != end && *stop != dialect.delimiter && *stop != '\n' && *stop != quote)
    ++stop;
  const char *textEnd = stop;
  if (stop != end && *stop == '"' && dialect.hasQuotes) {
    error = {stop, "a quote inside a cell that is not quoted"};
    return std::nullopt;
  }
  bool isLineEnd = stop == end || *stop == '\n';
  if (isLineEnd && textEnd != begin && textEnd[-1] == '\r')
    --textEnd;
  cell.text = {begin, static_cast<std::size_t>(textEnd - begin)};
  position = stop == end ? stop : stop + 1;
  return isLineEnd ? CellEnd::Line : CellEnd::Delimiter;
}

std::optional<std::int64_t> integerIn(std::string_view cell) {
  std::string_view digits = trimmed(cell);
  std::int64_t value = 0;
  auto [stop, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || status != std::errc() || stop != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

std::optional<double> numberIn(std::string_view cell) {
  std::string_view text = trimmed(cell);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  const char *end = text.data() + text.size();
  double value = 0;
  auto [stop, status] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end || status == std::errc::invalid_argument)
    return std::nullopt;
  if (status == std::errc())
    return value;
  // The wider type tells numbers that round to zero from those that are too large.
  long double wide = 0;
  if (std::from_chars(text.data(), end, wide).ec != std::errc() || wide > 1 || wide < -1)
    return std::nullopt;
  return static_cast<double>(wide);
}

} // namespace tl::runtime
