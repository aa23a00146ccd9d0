// Source files and places in them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::source {

/// Half-open byte range in one file. File 0 is the first one added. The number may also stand for one
/// expansion of a definition: then the bytes are those of the definition's text.
struct SourceRange {
  std::uint32_t file = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// The smallest range that covers both; they are in one file.
SourceRange join(SourceRange lhs, SourceRange rhs);

/// A place as people count: line and column from 1, columns in bytes.
struct LineColumn {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// One text with its name and line starts.
class SourceFile {
public:
  SourceFile(std::string name, std::string text);
  const std::string &name() const { return name_; }
  std::string_view text() const { return text_; }
  LineColumn lineColumn(std::uint32_t offset) const;
  /// The other way round; the end of the text where it has no such place.
  std::uint32_t offset(LineColumn place) const;
  /// The line without its end, counted from 1.
  std::string_view line(std::uint32_t number) const;

private:
  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> lineStarts;
};

/// The call that brought a copy of a definition's text into the program.
struct Expansion {
  std::string definition;
  SourceRange call;
};

/// Owns the texts; references to files stay valid.
class SourceManager {
public:
  /// Returns the new file's number.
  std::uint32_t add(std::string name, std::string text);
  /// A number that stands for the text of file `number` as expanded by a call: places in it are places in
  /// that file, and remember the call.
  std::uint32_t addExpansion(std::uint32_t number, Expansion expansion);
  const SourceFile &file(std::uint32_t number) const { return *entries[number].file; }
  /// The number of the file itself.
  std::uint32_t original(std::uint32_t number) const { return entries[number].original; }
  /// Null for a file itself.
  const Expansion *expansion(std::uint32_t number) const;
  std::string_view text(SourceRange range) const;
  /// The range between two places of the file called `name`, if there is such a file.
  std::optional<SourceRange> range(std::string_view name, LineColumn begin, LineColumn end) const;

private:
  struct Entry {
    std::uint32_t original;
    const SourceFile *file;
    std::optional<Expansion> expansion;
  };
  std::deque<SourceFile> files;
  std::deque<Entry> entries;
};

} // namespace tl::source
