// Source files and places in them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tl::source {

/// Half-open byte range in one file. File 0 is the first one added.
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
  /// The line without its end, counted from 1.
  std::string_view line(std::uint32_t number) const;

private:
  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> lineStarts;
};

/// Owns the texts; references to files stay valid.
class SourceManager {
public:
  /// Returns the new file's number.
  std::uint32_t add(std::string name, std::string text);
  const SourceFile &file(std::uint32_t number) const { return files[number]; }
  std::string_view text(SourceRange range) const;

private:
  std::deque<SourceFile> files;
};

} // namespace tl::source
