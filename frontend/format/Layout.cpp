// Lines to text.
#include "frontend/format/Layout.h"

#include <algorithm>

namespace tl::format {
namespace {

/// A longer line does not push the comments of its neighbours to the right.
constexpr std::size_t kLongestAligned = 80;
constexpr std::size_t kBeforeComment = 2;

std::string_view lastLine(std::string_view text) {
  std::size_t newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

} // namespace

std::size_t columnsOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

void Layout::startLine(std::size_t indentation, bool hasBlankLine) {
  if (lines.size() == 1 && isLineEmpty()) {
    lines.back().indentation = indentation;
    return;
  }
  if (hasBlankLine)
    lines.emplace_back();
  lines.emplace_back();
  lines.back().indentation = indentation;
}

void Layout::appendLineComment(std::string_view text) {
  Line &line = lines.back();
  (line.code.empty() ? line.code : line.comment) += text;
}

bool Layout::isLineEmpty() const {
  return lines.back().code.empty() && lines.back().comment.empty();
}

std::size_t Layout::column() const {
  std::string_view code = lines.back().code;
  std::string_view shown = lastLine(code);
  return columnsOf(shown) + (shown.size() == code.size() ? lines.back().indentation : 0);
}

/// The column of the comments of the run of commented lines at `first`; `past` becomes the line after it.
std::size_t Layout::commentColumn(std::size_t first, std::size_t &past) const {
  std::size_t widest = 0;
  for (past = first; past < lines.size() && !lines[past].comment.empty(); ++past) {
    std::size_t width = lines[past].indentation + columnsOf(lastLine(lines[past].code));
    if (width <= kLongestAligned)
      widest = std::max(widest, width);
  }
  return widest + kBeforeComment;
}

std::string Layout::text() const {
  std::string out;
  std::size_t past = 0, comments = 0;
  for (std::size_t number = 0; number < lines.size(); ++number) {
    const Line &line = lines[number];
    if (!line.code.empty())
      out += std::string(line.indentation, ' ') + line.code;
    if (!line.comment.empty()) {
      if (number >= past)
        comments = commentColumn(number, past);
      std::size_t width = line.indentation + columnsOf(lastLine(line.code));
      out += std::string(std::max(width + kBeforeComment, comments) - width, ' ') + line.comment;
    }
    out += '\n';
  }
  return out.find_first_not_of('\n') == std::string::npos ? std::string() : out;
}

} // namespace tl::format
