// Tokens and the comments between them, laid out anew.
#include "frontend/format/Format.h"

#include "frontend/ast/Printer.h"
#include "frontend/format/Layout.h"
#include "frontend/format/Spacing.h"
#include "frontend/parse/Parser.h"
#include "frontend/parse/Tokenizer.h"

#include <cassert>

namespace tl::format {
namespace {

using parse::Token;
using parse::TokenKind;

constexpr std::size_t kBlockIndentation = 2;
constexpr std::size_t kContinuation = 4;

/// One program on its way to lines.
class Formatter {
public:
  explicit Formatter(std::string_view text) : text(text), spacing(text) {}

  std::string format(const std::vector<Token> &tokens) {
    for (const Token &token : tokens) {
      between(token);
      place(token);
    }
    between({TokenKind::Other, static_cast<std::uint32_t>(text.size()), 0, true});
    return layout.text();
  }

private:
  /// How an open bracket indents the lines inside it.
  struct Opening {
    std::size_t column = 0;      ///< of what stands first inside it
    std::size_t indentation = 0; ///< of the line that opens it
    bool isHanging = false;      ///< nothing follows it on its line
  };

  /// Newlines and comments before `token`.
  void between(const Token &token) {
    newlines = 0;
    for (std::size_t position = end; position < token.begin;) {
      std::string_view rest = text.substr(position, token.begin - position);
      if (rest.starts_with("//") || rest.starts_with("/*")) {
        position += comment(rest, token);
        continue;
      }
      newlines += rest[0] == '\n' || (rest[0] == '\r' && !rest.substr(1).starts_with('\n'));
      ++position;
    }
  }

  /// Places the comment that begins `rest`; returns its length.
  std::size_t comment(std::string_view rest, const Token &next) {
    bool isLine = rest.starts_with("//");
    std::size_t length = isLine ? rest.find_first_of("\r\n") : rest.find("*/");
    length = length == std::string_view::npos ? rest.size() : isLine ? length : length + 2;
    std::string shown = withoutTrailingBlanks(rest.substr(0, length));
    if (newlines > 0)
      startLine(insteadOf(next));
    if (isLine) {
      layout.appendLineComment(shown);
    } else {
      layout.append((layout.isLineEmpty() ? "" : " ") + shown);
      isAfterComment = true;
    }
    newlines = 0;
    return length;
  }

  /// A comment before a closing bracket stands with what is inside it.
  static Token insteadOf(Token next) {
    if (isCloser(next.kind))
      next = {TokenKind::Other, next.begin, next.end, true};
    return next;
  }

  /// The comment with plain newlines and no blanks before them.
  static std::string withoutTrailingBlanks(std::string_view comment) {
    std::string out;
    for (char byte : comment) {
      if (byte == '\r')
        continue;
      if (byte == '\n')
        out.erase(out.find_last_not_of(" \t\f") + 1);
      out += byte;
    }
    out.erase(out.find_last_not_of(" \t\f") + 1);
    return out;
  }

  void startLine(const Token &next) {
    isAfterComment = false;
    markHanging();
    layout.startLine(indentation(next), newlines > 1);
  }

  void markHanging() {
    if (!openings.empty() && isJustOpened)
      openings.back().isHanging = true;
    isJustOpened = false;
  }

  std::size_t indentation(const Token &next) const {
    bool isBlock = !spacing.brackets().empty() && spacing.brackets().front() == Spacing::Bracket::Block;
    std::size_t depth = openings.size() - (isBlock ? 1 : 0);
    if (depth == 0) {
      std::size_t base = isBlock && !(isCloser(next.kind) && openings.size() == 1) ? kBlockIndentation : 0;
      return base + (next.startsStatement || isCloser(next.kind) ? 0 : kContinuation);
    }
    const Opening &opening = openings.back();
    if (!opening.isHanging)
      return opening.column;
    return opening.indentation + (isCloser(next.kind) ? 0 : kBlockIndentation);
  }

  void place(const Token &token) {
    if (newlines > 0)
      startLine(token);
    else if (token.startsStatement && !isFirst && !isJustOpened)
      layout.append("; ");
    else if (isAfterComment || (!isFirst && spacing.hasBlankBefore(token)))
      layout.append(" ");
    isFirst = isAfterComment = false;
    std::size_t before = spacing.brackets().size();
    spacing.take(token);
    layout.append(textOf(token));
    isJustOpened = spacing.brackets().size() > before;
    if (isJustOpened)
      openings.push_back({layout.column(), layout.indentation(), false});
    else if (spacing.brackets().size() < before)
      openings.pop_back();
    end = token.end;
  }

  std::string_view textOf(const Token &token) const {
    // Two spellings of the grammar have one here.
    return token.kind == TokenKind::Arrow ? "<-" : text.substr(token.begin, token.end - token.begin);
  }

  std::string_view text;
  Spacing spacing;
  Layout layout;
  std::vector<Opening> openings; ///< one per open bracket
  std::size_t end = 0;           ///< of the token before
  std::size_t newlines = 0;      ///< since the token or comment before
  bool isFirst = true;
  bool isAfterComment = false; ///< a block comment stands just before, on the same line
  bool isJustOpened = false;   ///< nothing has come after the last opening bracket
};

std::string treeOf(std::string text) {
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::uint32_t file = sources.add("formatted", std::move(text));
  std::optional<ast::Program> program = parse::parse(sources, file, diagnostics);
  return program ? ast::printSorted(*program) : std::string();
}

} // namespace

std::optional<std::string> format(const source::SourceManager &sources, std::uint32_t file,
                                  source::DiagnosticEngine &diagnostics) {
  std::optional<ast::Program> program = parse::parse(sources, file, diagnostics);
  if (!program)
    return std::nullopt;
  std::vector<Token> tokens = parse::tokenize(sources, file, diagnostics);
  std::string text = Formatter(sources.file(file).text()).format(tokens);
  // A formatter that changes what a program means would do so unseen: never hand that out.
  assert(treeOf(text) == ast::printSorted(*program) && "formatting must not change the tree");
  return text;
}

} // namespace tl::format
