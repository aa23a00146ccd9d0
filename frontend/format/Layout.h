// Lines and their trailing comments.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tl::format {

/// The characters of `text`, counted as a terminal shows them one by one.
std::size_t columnsOf(std::string_view text);

/// The lines of a formatted program. Comments that end neighbouring lines stand below one another.
class Layout {
public:
  /// Ends the line in hand, leaves `blankLines` empty lines (none at the top) and indents the next.
  void startLine(std::size_t indentation, bool hasBlankLine);
  void append(std::string_view text) { lines.back().code += text; }
  /// A `//` comment; on a line with code it is set off and lined up.
  void appendLineComment(std::string_view text);

  bool isLineEmpty() const;
  /// Where the next character of the line would stand, from 0.
  std::size_t column() const;
  /// The blanks before the line in hand.
  std::size_t indentation() const { return lines.back().indentation; }

  std::string text() const;

private:
  struct Line {
    std::size_t indentation = 0;
    std::string code;
    std::string comment;
  };
  std::size_t commentColumn(std::size_t first, std::size_t &past) const;

  std::vector<Line> lines{1};
};

} // namespace tl::format
