// Cutting text into statements, and replacing them by name.
#include "frontend/repl/Pieces.h"

#include "frontend/parse/Tokenizer.h"

#include <algorithm>

namespace tl::repl {
namespace {

using parse::Token;
using parse::TokenKind;

struct Tokenized {
  explicit Tokenized(std::string_view given) {
    std::uint32_t file = sources.add("input", std::string(given));
    source::DiagnosticEngine ignored;
    tokens = parse::tokenize(sources, file, ignored);
    text = sources.file(file).text();
  }
  std::string_view of(const Token &token) const { return text.substr(token.begin, token.end - token.begin); }

  source::SourceManager sources;
  std::vector<Token> tokens;
  std::string_view text;
};

bool isOpener(TokenKind kind) {
  return kind == TokenKind::OpenParen || kind == TokenKind::OpenBracket || kind == TokenKind::OpenBrace ||
         kind == TokenKind::NameParen || kind == TokenKind::LowerParen;
}

bool isCloser(TokenKind kind) {
  return kind == TokenKind::CloseParen || kind == TokenKind::CloseBracket || kind == TokenKind::CloseBrace;
}

/// After these a statement goes on.
bool isContinued(TokenKind kind) {
  return kind == TokenKind::Comma || kind == TokenKind::Colon || kind == TokenKind::DoubleColon ||
         kind == TokenKind::Tilde || kind == TokenKind::Not ||
         (kind >= TokenKind::Arrow && kind <= TokenKind::Caret);
}

/// The name that a statement defines or asks for.
std::string nameOf(const Tokenized &text, const Token *begin, const Token *end) {
  std::string_view keyword = begin->kind == TokenKind::Lower ? text.of(*begin) : std::string_view();
  if (keyword == "def" && begin + 1 != end)
    return std::string(text.of(begin[1]).substr(0, text.of(begin[1]).find('(')));
  if (keyword == "import" || keyword == "embed")
    return std::string(text.text.substr(begin->begin, end[-1].end - begin->begin));
  for (const Token *token = begin; token != end; ++token)
    if (token->kind == TokenKind::Name || token->kind == TokenKind::NameParen)
      return std::string(text.of(*token).substr(0, text.of(*token).find('(')));
  return std::string(text.of(*begin));
}

StatementKind kindOf(const Tokenized &text, const Token *begin, const Token *end) {
  if (end[-1].kind == TokenKind::Question)
    return StatementKind::Query;
  if (begin->kind == TokenKind::String)
    return StatementKind::Question;
  if (begin->kind == TokenKind::Lower)
    return text.of(*begin) == "learn" ? StatementKind::Question : StatementKind::Definition;
  int depth = 0;
  for (const Token *token = begin; token != end; ++token) {
    bool isEquals = token->kind == TokenKind::Assign && text.of(*token) == "=";
    if (depth == 0 && (token->kind == TokenKind::Assign || token->kind == TokenKind::Arrow)) {
      // `Price[Book] = 12` is one element: others stand beside it.
      bool isElement = std::any_of(begin, token, [](const Token &index) {
        return index.kind == TokenKind::Number || index.kind == TokenKind::String;
      });
      bool hasNames =
          std::count_if(begin, token, [](const Token &index) { return index.kind == TokenKind::Name; }) > 1;
      return isEquals && !isElement && !hasNames ? StatementKind::Definition : StatementKind::Addition;
    }
    depth += isOpener(token->kind);
    depth -= isCloser(token->kind);
  }
  return StatementKind::Addition;
}

} // namespace

std::vector<Piece> splitStatements(std::string_view given) {
  Tokenized text(given);
  std::vector<Piece> pieces;
  bool isInBlock = false;
  for (std::size_t first = 0; first < text.tokens.size();) {
    std::size_t next = first + 1;
    isInBlock = text.of(text.tokens[first]) == "def";
    int braces = 0;
    for (; next < text.tokens.size(); ++next) {
      if (text.tokens[next].startsStatement && !(isInBlock && braces > 0))
        break;
      braces += text.tokens[next].kind == TokenKind::OpenBrace;
      braces -= text.tokens[next].kind == TokenKind::CloseBrace;
    }
    const Token *begin = &text.tokens[first], *end = text.tokens.data() + next;
    std::size_t stop = next < text.tokens.size() ? text.tokens[next].begin : text.text.size();
    std::string written(text.text.substr(begin->begin, stop - begin->begin));
    written.erase(written.find_last_not_of(" \t\r\n;") + 1);
    pieces.push_back({kindOf(text, begin, end), nameOf(text, begin, end), std::move(written)});
    first = next;
  }
  // What is no token at all is still to be reported by the parser.
  if (pieces.empty() && given.find_first_not_of(" \t\r\n;") != std::string_view::npos)
    pieces.push_back({StatementKind::Addition, "", std::string(given)});
  return pieces;
}

bool isComplete(std::string_view given) {
  std::size_t comment = given.rfind("/*");
  if (comment != std::string_view::npos && given.find("*/", comment) == std::string_view::npos)
    return false;
  Tokenized text(given);
  if (text.tokens.empty())
    return true;
  int depth = 0;
  bool hasBlock = false;
  for (const Token &token : text.tokens) {
    depth += isOpener(token.kind);
    depth -= isCloser(token.kind);
    hasBlock |= token.kind == TokenKind::OpenBrace;
  }
  bool isDefinition = text.of(text.tokens.front()) == "def";
  return depth <= 0 && !isContinued(text.tokens.back().kind) && (!isDefinition || hasBlock);
}

std::vector<std::string> Pieces::add(const std::vector<Piece> &entered) {
  std::vector<std::string> replaced, defined;
  for (const Piece &piece : entered)
    if (piece.kind == StatementKind::Definition && std::ranges::find(defined, piece.name) == defined.end()) {
      defined.push_back(piece.name);
      auto isOld = [&](const Piece &old) {
        return old.kind == StatementKind::Definition && old.name == piece.name;
      };
      // A declaration and an equation of one name belong together.
      bool isDeclaration = piece.text.starts_with("tensor ") || piece.text.starts_with("param ");
      auto isAlike = [&](const Piece &old) {
        bool wasDeclaration = old.text.starts_with("tensor ") || old.text.starts_with("param ");
        return isOld(old) && isDeclaration == wasDeclaration;
      };
      if (std::erase_if(pieces, isAlike) > 0)
        replaced.push_back(piece.name);
    }
  for (const Piece &piece : entered) {
    auto isSame = [&](const Piece &old) { return old.text == piece.text; };
    bool holds = piece.kind == StatementKind::Definition || piece.kind == StatementKind::Addition;
    if (holds && std::ranges::none_of(pieces, isSame))
      pieces.push_back(piece);
  }
  return replaced;
}

bool Pieces::drop(std::string_view name) {
  return std::erase_if(pieces, [&](const Piece &piece) { return piece.name == name; }) > 0;
}

std::vector<driver::SourceText> Pieces::sources() const {
  std::vector<driver::SourceText> sources;
  for (std::size_t number = 0; number < pieces.size(); ++number)
    sources.push_back({"statement " + std::to_string(number + 1), pieces[number].text + "\n"});
  return sources;
}

std::string Pieces::text() const {
  std::string text;
  for (const Piece &piece : pieces)
    text += piece.text + "\n";
  return text;
}

} // namespace tl::repl
