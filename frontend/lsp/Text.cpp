// Lines, and bytes against units of UTF-16.
#include "frontend/lsp/Text.h"

#include "runtime/core/Utf8.h"

#include <algorithm>

namespace tl::lsp {
namespace {

constexpr std::uint32_t kFirstOfTwoUnits = 0x10000;

} // namespace

Text::Text(std::string content) : text(std::move(content)) {
  findLines();
}

void Text::findLines() {
  lineStarts.assign(1, 0);
  for (std::size_t at = 0; at < text.size(); ++at)
    if (text[at] == '\n' || (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n')))
      lineStarts.push_back(static_cast<std::uint32_t>(at + 1));
}

std::uint32_t Text::offset(llvm::lsp::Position place) const {
  if (place.line < 0)
    return 0;
  const auto line = static_cast<std::size_t>(place.line);
  if (line >= lineStarts.size())
    return static_cast<std::uint32_t>(text.size());
  std::uint32_t at = lineStarts[line];
  const std::uint32_t end =
      line + 1 < lineStarts.size() ? lineStarts[line + 1] : static_cast<std::uint32_t>(text.size());
  for (int units = 0; units < place.character && at < end && text[at] != '\n' && text[at] != '\r';) {
    runtime::CodePoint point = runtime::decodeUtf8(text, at);
    units += point.value >= kFirstOfTwoUnits ? 2 : 1;
    at += point.bytes;
  }
  return at;
}

llvm::lsp::Position Text::position(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text.size()));
  auto after = std::ranges::upper_bound(lineStarts, offset);
  const std::uint32_t begin = *std::prev(after);
  int units = 0;
  for (std::uint32_t at = begin; at < offset;) {
    runtime::CodePoint point = runtime::decodeUtf8(text, at);
    units += point.value >= kFirstOfTwoUnits ? 2 : 1;
    at += point.bytes;
  }
  return {static_cast<int>(after - lineStarts.begin() - 1), units};
}

void Text::apply(const llvm::lsp::TextDocumentContentChangeEvent &change) {
  if (change.range) {
    std::uint32_t begin = offset(change.range->start), end = std::max(begin, offset(change.range->end));
    text.replace(begin, end - begin, change.text);
  } else {
    text = change.text;
  }
  findLines();
}

std::vector<llvm::lsp::TextEdit> editsBetween(const Text &before, const std::string &after) {
  const std::string &text = before.content();
  if (text == after)
    return {};
  std::size_t common = std::min(text.size(), after.size()), begin = 0, back = 0;
  while (begin < common && text[begin] == after[begin])
    ++begin;
  while (begin > 0 && text[begin - 1] != '\n')
    --begin;
  while (back < common - begin && text[text.size() - 1 - back] == after[after.size() - 1 - back])
    ++back;
  // Whole lines, so that no character is cut.
  while (back > 0 && back < text.size() && text[text.size() - back - 1] != '\n')
    --back;
  llvm::lsp::TextEdit edit;
  edit.range =
      before.range(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(text.size() - back));
  edit.newText = after.substr(begin, after.size() - back - begin);
  return {edit};
}

} // namespace tl::lsp
