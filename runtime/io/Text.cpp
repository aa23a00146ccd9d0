// Splitting mapped text.
#include "runtime/io/Text.h"

#include "runtime/io/Files.h"
#include "runtime/io/Utf8.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace tl::runtime {
namespace {

/// The lines of `text` without their ends; fails at bad UTF-8 and at a line above the cap.
Result<std::vector<std::string_view>> linesOf(const std::string &path, std::string_view text) {
  if (std::size_t valid = validUtf8Prefix(text); valid != text.size())
    return malformed(path, valid, "the text is not UTF-8");
  const char *position = text.data(), *end = position + text.size();
  if (text.starts_with(kByteOrderMark))
    position += kByteOrderMark.size();
  std::vector<std::string_view> lines;
  while (position != end) {
    std::size_t left = static_cast<std::size_t>(end - position);
    const char *stop = static_cast<const char *>(std::memchr(position, '\n', left));
    std::string_view line(position, stop ? static_cast<std::size_t>(stop - position) : left);
    if (line.size() > kMaxLineBytes)
      return malformed(path, static_cast<std::uint64_t>(position - text.data()),
                       "the line is longer than " + std::to_string(kMaxLineBytes >> 20) + " MB");
    position = stop ? stop + 1 : end;
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    lines.push_back(line);
  }
  while (!lines.empty() && lines.back().empty())
    lines.pop_back();
  return lines;
}

/// What `append` takes from each line of the file.
template <typename Append> Result<std::vector<std::string>> collect(const std::string &path, Append append) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  Result<std::vector<std::string_view>> lines = linesOf(path, file->text());
  if (!lines)
    return lines.error();
  std::vector<std::string> collected;
  for (std::string_view line : *lines)
    append(line, collected);
  return collected;
}

void appendWords(std::string_view line, std::vector<std::string> &words) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  std::size_t begin = line.find_first_not_of(kBlanks);
  while (begin != std::string_view::npos) {
    std::size_t stop = std::min(line.find_first_of(kBlanks, begin), line.size());
    words.emplace_back(line.substr(begin, stop - begin));
    begin = line.find_first_not_of(kBlanks, stop);
  }
}

} // namespace

Result<std::vector<std::string>> readWords(const std::string &path) {
  return collect(path, appendWords);
}

Result<std::vector<std::string>> readLines(const std::string &path) {
  return collect(path,
                 [](std::string_view line, std::vector<std::string> &lines) { lines.emplace_back(line); });
}

Result<Table> readWordTable(const std::string &path) {
  Result<std::vector<std::string>> words = readWords(path);
  if (!words)
    return words.error();
  Table table;
  table.rows = static_cast<std::int64_t>(words->size());
  table.columns.resize(2);
  table.columns[1].isInteger = false;
  std::unordered_map<std::string, std::uint32_t> ids;
  for (std::size_t position = 0; position < words->size(); ++position) {
    table.columns[0].integers.push_back(static_cast<std::int64_t>(position));
    auto [found, isNew] = ids.emplace((*words)[position], static_cast<std::uint32_t>(ids.size()));
    if (isNew)
      table.columns[1].texts.push_back((*words)[position]);
    table.columns[1].ids.push_back(found->second);
  }
  return table;
}

} // namespace tl::runtime
