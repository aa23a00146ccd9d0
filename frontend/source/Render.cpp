// Diagnostics as text: the place, the source lines, carets, labels, hint and fix.
#include "frontend/source/Diagnostic.h"
#include "runtime/core/Utf8.h"

#include <algorithm>
#include <tuple>

namespace tl::source {
namespace {

constexpr std::size_t kWindow = 160;
constexpr std::size_t kTabStop = 4;
constexpr std::string_view kCut = "...";

struct Palette {
  std::string_view error, warning, note, gutter, strong, end;
};
constexpr Palette kPlain{"", "", "", "", "", ""};
constexpr Palette kColours{"\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[34m", "\033[1m", "\033[0m"};

/// A source line as shown: one cell per column, with the column of every byte.
struct ShownLine {
  std::vector<std::string> cells;
  std::vector<std::size_t> columnOfByte; ///< one entry more than there are bytes
};

/// Tabs become blanks, control characters and malformed bytes the replacement character.
ShownLine show(std::string_view line) {
  ShownLine shown;
  for (std::size_t position = 0; position < line.size();) {
    runtime::CodePoint character = runtime::decodeUtf8(line, position);
    shown.columnOfByte.insert(shown.columnOfByte.end(), character.bytes, shown.cells.size());
    if (character.value == '\t') {
      do
        shown.cells.emplace_back(" ");
      while (shown.cells.size() % kTabStop != 0);
    } else if (!character.isValid || character.value < 0x20 || character.value == 0x7F) {
      shown.cells.emplace_back("\xEF\xBF\xBD");
    } else {
      shown.cells.emplace_back(line.substr(position, character.bytes));
    }
    position += character.bytes;
  }
  shown.columnOfByte.push_back(shown.cells.size());
  return shown;
}

/// The part of a long line that is shown, in columns.
struct Window {
  std::size_t begin, end;
  bool isCutLeft, isCutRight;

  Window(std::size_t columns, std::size_t caret) {
    begin = columns <= kWindow || caret < kWindow / 2 ? 0 : caret - kWindow / 2;
    begin = columns > kWindow ? std::min(begin, columns - kWindow) : 0;
    end = std::min(columns, begin + kWindow);
    isCutLeft = begin > 0;
    isCutRight = end < columns;
  }
  std::string lineOf(const ShownLine &shown) const {
    std::string text(isCutLeft ? kCut : "");
    for (std::size_t column = begin; column < end; ++column)
      text += shown.cells[column];
    return text + std::string(isCutRight ? kCut : "");
  }
  std::size_t place(std::size_t column) const {
    return std::clamp(column, begin, end) - begin + (isCutLeft ? kCut.size() : 0);
  }
};

/// One caret line: a range within a source line, with its text.
struct Mark {
  SourceRange range;
  std::string text;
  bool isPrimary = false;
};

bool isSameRange(SourceRange lhs, SourceRange rhs) {
  return lhs.file == rhs.file && lhs.begin == rhs.begin && lhs.end == rhs.end;
}

std::vector<Mark> marksOf(const SourceManager &sources, const Diagnostic &diagnostic) {
  std::vector<Mark> marks{{diagnostic.range, "", true}};
  for (const Label &label : diagnostic.labels) {
    if (isSameRange(label.range, diagnostic.range) && marks.front().text.empty())
      marks.front().text = label.text;
    else
      marks.push_back({label.range, label.text, false});
  }
  for (const Label &call : callsOf(sources, diagnostic.range))
    marks.push_back({call.range, call.text, false});
  return marks;
}

class Renderer {
public:
  Renderer(const SourceManager &sources, const Diagnostic &diagnostic, bool colour, bool strict)
      : sources(sources), diagnostic(diagnostic), palette(colour ? kColours : kPlain), strict(strict),
        marks(marksOf(sources, diagnostic)) {}

  std::string render() {
    for (const Mark &mark : marks)
      gutter = std::max(gutter, std::to_string(lineOf(mark.range)).size());
    headline();
    if (!hasPlace(diagnostic))
      return std::move(out);
    std::vector<bool> isShown(marks.size(), false);
    for (std::size_t first = 0; first < marks.size(); ++first)
      if (!isShown[first])
        group(first, isShown);
    if (!diagnostic.hint.empty())
      help(diagnostic.hint);
    if (diagnostic.fix)
      fix(*diagnostic.fix);
    return std::move(out);
  }

private:
  std::uint32_t lineOf(SourceRange range) const {
    return sources.file(range.file).lineColumn(clamped(range).begin).line;
  }

  /// Ranges that reach past the end of the text point to its last place.
  SourceRange clamped(SourceRange range) const {
    auto size = static_cast<std::uint32_t>(sources.file(range.file).text().size());
    std::uint32_t begin = std::min(range.begin, size);
    return {range.file, begin, std::clamp(range.end, begin, size)};
  }

  /// Expansions of one text are in one file.
  bool isSameFile(SourceRange lhs, SourceRange rhs) const {
    return sources.original(lhs.file) == sources.original(rhs.file);
  }

  void place(SourceRange range) {
    LineColumn at = sources.file(range.file).lineColumn(clamped(range).begin);
    out += sources.file(range.file).name() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }

  void headline() {
    out += palette.strong;
    if (hasPlace(diagnostic))
      place(diagnostic.range);
    else
      out += sources.file(diagnostic.range.file).name();
    out += ": ";
    Severity level = severity(diagnostic.id);
    if (level == Severity::Error || (level == Severity::Warning && strict))
      (out += palette.error) += "error: ";
    else if (level == Severity::Warning)
      (out += palette.warning) += "warning: ";
    else
      (out += palette.note) += "note: ";
    ((out += palette.end) += palette.strong) += diagnostic.message;
    (out += palette.end) += '\n';
  }

  void gutterLine(const std::string &number, std::string_view text) {
    ((out += palette.gutter) += "  ") += std::string(gutter - number.size(), ' ') + number + " |";
    out += palette.end;
    if (!text.empty())
      (out += ' ') += text;
    out += '\n';
  }

  /// All marks on the line of mark `first`, under one copy of that line.
  void group(std::size_t first, std::vector<bool> &isShown) {
    SourceRange range = marks[first].range;
    std::uint32_t number = lineOf(range);
    if (!isSameFile(range, diagnostic.range)) {
      out += "  ";
      place(range);
      out += ":\n";
    }
    ShownLine shown = show(sources.file(range.file).line(number));
    Window window(shown.cells.size(), columnsOf(shown, range).first);
    gutterLine(std::to_string(number), window.lineOf(shown));
    for (std::size_t other = first; other < marks.size(); ++other) {
      const Mark &mark = marks[other];
      if (isShown[other] || !isSameFile(mark.range, range) || lineOf(mark.range) != number)
        continue;
      isShown[other] = true;
      caretLine(mark, shown, window);
    }
  }

  /// First and past-the-last column of a range; what lies on later lines is not underlined.
  std::pair<std::size_t, std::size_t> columnsOf(const ShownLine &shown, SourceRange range) const {
    SourceRange inside = clamped(range);
    std::size_t last = shown.columnOfByte.size() - 1;
    std::size_t lineBegin = inside.begin - (sources.file(range.file).lineColumn(inside.begin).column - 1);
    std::size_t begin = std::min<std::size_t>(inside.begin - lineBegin, last);
    std::size_t end = std::clamp<std::size_t>(inside.end - lineBegin, begin, last);
    return {shown.columnOfByte[begin], shown.columnOfByte[end]};
  }

  void caretLine(const Mark &mark, const ShownLine &shown, const Window &window) {
    auto [begin, end] = columnsOf(shown, mark.range);
    std::size_t first = window.place(begin), last = std::max(window.place(end), first + 1);
    std::string text(first, ' ');
    text += mark.isPrimary ? palette.error : palette.note;
    text += std::string(last - first, '^');
    if (!mark.text.empty())
      text += " " + mark.text;
    text += palette.end;
    gutterLine("", text);
  }

  void help(std::string_view text) {
    ((out += "  ") += palette.note) += "help: ";
    ((out += palette.end) += text) += '\n';
  }

  /// The description, then the line as it would be after the edit.
  void fix(const Fix &fix) {
    help(fix.description);
    SourceRange inside = clamped(fix.range);
    const SourceFile &file = sources.file(inside.file);
    LineColumn at = file.lineColumn(inside.begin);
    std::string line(file.line(at.line));
    std::size_t begin = std::min<std::size_t>(at.column - 1, line.size());
    if (begin + (inside.end - inside.begin) > line.size() || line.size() > kWindow)
      return;
    line.replace(begin, inside.end - inside.begin, fix.replacement);
    ShownLine shown = show(line);
    gutterLine(std::to_string(at.line), Window(shown.cells.size(), begin).lineOf(shown));
  }

  const SourceManager &sources;
  const Diagnostic &diagnostic;
  const Palette &palette;
  bool strict;
  std::vector<Mark> marks;
  std::size_t gutter = 1;
  std::string out;
};

} // namespace

std::string render(const SourceManager &sources, const Diagnostic &diagnostic, bool colour, bool strict) {
  return Renderer(sources, diagnostic, colour, strict).render();
}

std::string renderAll(const SourceManager &sources, const DiagnosticEngine &engine, bool colour) {
  std::string out;
  for (const Diagnostic *diagnostic : inOrder(sources, engine))
    out += render(sources, *diagnostic, colour, engine.isStrict());
  return out;
}

} // namespace tl::source
