// Source files: line starts are found once, places are looked up by bisection.
#include "frontend/source/SourceManager.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tl::source {

SourceRange join(SourceRange lhs, SourceRange rhs) {
  assert(lhs.file == rhs.file && "ranges of two files have no common range");
  return {lhs.file, std::min(lhs.begin, rhs.begin), std::max(lhs.end, rhs.end)};
}

SourceFile::SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  lineStarts.push_back(0);
  const char *begin = text_.data(), *end = begin + text_.size();
  for (const char *place = begin; place != end;) {
    const auto *newline = static_cast<const char *>(std::memchr(place, '\n', end - place));
    if (!newline)
      break;
    place = newline + 1;
    lineStarts.push_back(static_cast<std::uint32_t>(place - begin));
  }
}

LineColumn SourceFile::lineColumn(std::uint32_t offset) const {
  auto next = std::upper_bound(lineStarts.begin(), lineStarts.end(), offset);
  auto line = static_cast<std::uint32_t>(next - lineStarts.begin());
  return {line, offset - lineStarts[line - 1] + 1};
}

std::uint32_t SourceFile::offset(LineColumn place) const {
  const auto size = static_cast<std::uint32_t>(text_.size());
  if (place.line < 1 || place.line > lineStarts.size())
    return size;
  return std::min(lineStarts[place.line - 1] + place.column - 1, size);
}

std::string_view SourceFile::line(std::uint32_t number) const {
  assert(number >= 1 && number <= lineStarts.size() && "no such line");
  std::size_t begin = lineStarts[number - 1];
  std::size_t end = number < lineStarts.size() ? lineStarts[number] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r')
    --end;
  return std::string_view(text_).substr(begin, end - begin);
}

std::uint32_t SourceManager::add(std::string name, std::string text) {
  files.emplace_back(std::move(name), std::move(text));
  auto number = static_cast<std::uint32_t>(entries.size());
  entries.push_back({number, &files.back(), std::nullopt});
  return number;
}

std::uint32_t SourceManager::addExpansion(std::uint32_t number, Expansion expansion) {
  entries.push_back({entries[number].original, entries[number].file, std::move(expansion)});
  return static_cast<std::uint32_t>(entries.size() - 1);
}

const Expansion *SourceManager::expansion(std::uint32_t number) const {
  const std::optional<Expansion> &known = entries[number].expansion;
  return known ? &*known : nullptr;
}

std::string_view SourceManager::text(SourceRange range) const {
  std::string_view text = file(range.file).text();
  std::size_t begin = std::min<std::size_t>(range.begin, text.size());
  std::size_t end = std::clamp<std::size_t>(range.end, begin, text.size());
  return text.substr(begin, end - begin);
}

std::optional<SourceRange> SourceManager::range(std::string_view name, LineColumn begin, LineColumn end) const {
  for (std::uint32_t number = 0; number < files.size(); ++number)
    if (files[number].name() == name)
      return SourceRange{number, files[number].offset(begin), files[number].offset(end)};
  return std::nullopt;
}

} // namespace tl::source
