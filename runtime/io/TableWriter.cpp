// Formatting cells.
#include "runtime/io/TableWriter.h"

#include "runtime/io/Files.h"
#include "runtime/io/TableCells.h"
#include "runtime/io/Utf8.h"

#include <array>
#include <charconv>
#include <vector>

namespace tl::runtime {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

template <typename Number> void appendNumber(std::string &target, Number value) {
  std::array<char, 32> digits;
  target.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void appendQuoted(std::string &target, std::string_view text) {
  target += '"';
  for (char c : text)
    target.append(c == '"' ? 2 : 1, c);
  target += '"';
}

} // namespace

TableWriter::TableWriter(std::string path)
    : path(std::move(path)), delimiter(tableDialect(this->path).delimiter),
      hasQuotes(tableDialect(this->path).hasQuotes) {}

std::string &TableWriter::startCell() {
  if (chunks.empty() || chunks.back().size() >= kChunkBytes) {
    chunks.emplace_back();
    chunks.back().reserve(kChunkBytes + kChunkBytes / 16);
  }
  isLoneEmptyCell = false;
  if (cells++ > 0)
    chunks.back() += delimiter;
  return chunks.back();
}

void TableWriter::fail(std::string_view reason) {
  if (!failure)
    failure = Error{ErrorKind::Data, "'" + path + "': " + std::string(reason)};
}

void TableWriter::addInteger(std::int64_t value) {
  appendNumber(startCell(), value);
}

void TableWriter::addNumber(double value) {
  appendNumber(startCell(), value);
}

void TableWriter::addSymbol(std::string_view text) {
  if (validUtf8Prefix(text) != text.size())
    fail("a symbol is not UTF-8");
  constexpr std::string_view kLineEnds = "\r\n";
  // A mark at the start of the file would be taken for one of the editor's.
  bool isPlain = text.find(delimiter) == std::string_view::npos &&
                 text.find_first_of(kLineEnds) == std::string_view::npos &&
                 !text.starts_with(kByteOrderMark) &&
                 !(hasQuotes && text.find('"') != std::string_view::npos);
  if (!isPlain && !hasQuotes)
    return fail("the symbol '" + std::string(text) +
                "' has a tab, an end of line or a byte order mark, which only .csv can hold");
  std::string &chunk = startCell();
  if (isPlain)
    chunk += text;
  else
    appendQuoted(chunk, text);
  isLoneEmptyCell = text.empty() && cells == 1;
}

void TableWriter::endRow() {
  if (cells == 0)
    return fail("a row needs at least one cell");
  // A blank line at the end would not count as a row.
  if (isLoneEmptyCell && hasQuotes)
    chunks.back() += "\"\"";
  else if (isLoneEmptyCell)
    fail("an empty symbol that is alone in its row can only be held by .csv");
  chunks.back() += '\n';
  cells = 0;
}

Result<void> TableWriter::finish() {
  if (failure)
    return *failure;
  std::vector<std::span<const std::byte>> pieces;
  for (const std::string &chunk : chunks)
    pieces.push_back(bytesOf(chunk));
  return writeFileAtomically(path, pieces);
}

} // namespace tl::runtime
