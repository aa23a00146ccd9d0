// A colour for each kind of word.
#include "frontend/repl/Colour.h"

#include "frontend/parse/Tokenizer.h"

namespace tl::repl {
namespace {

using parse::TokenKind;

constexpr std::string_view kPlain = "\x1b[0m";

/// Empty: as it is.
std::string_view escapeOf(TokenKind kind, bool isKeyword) {
  if (isKeyword || kind == TokenKind::Not)
    return "\x1b[35m";
  switch (kind) {
  case TokenKind::Name:
  case TokenKind::NameParen:
    return "\x1b[36m";
  case TokenKind::LowerParen:
    return "\x1b[34m";
  case TokenKind::Number:
    return "\x1b[33m";
  case TokenKind::String:
    return "\x1b[32m";
  case TokenKind::Arrow:
  case TokenKind::ResultArrow:
  case TokenKind::Assign:
  case TokenKind::DoubleColon:
  case TokenKind::Question:
    return "\x1b[1m";
  case TokenKind::Other:
    return "\x1b[31m";
  case TokenKind::Lower:
  case TokenKind::Not:
  case TokenKind::Wildcard:
  case TokenKind::Compare:
  case TokenKind::Plus:
  case TokenKind::Minus:
  case TokenKind::Star:
  case TokenKind::Slash:
  case TokenKind::Percent:
  case TokenKind::Caret:
  case TokenKind::Tilde:
  case TokenKind::Comma:
  case TokenKind::Semicolon:
  case TokenKind::Colon:
  case TokenKind::Ellipsis:
  case TokenKind::Dot:
  case TokenKind::OpenParen:
  case TokenKind::CloseParen:
  case TokenKind::OpenBracket:
  case TokenKind::CloseBracket:
  case TokenKind::OpenBrace:
  case TokenKind::CloseBrace:
    return "";
  }
  return "";
}

} // namespace

std::string coloured(std::string_view text) {
  source::SourceManager sources;
  source::DiagnosticEngine ignored;
  std::string made;
  std::size_t at = 0;
  for (const parse::Token &token : parse::tokenize(sources, sources.add("", std::string(text)), ignored)) {
    std::size_t end = token.end - (token.kind == TokenKind::NameParen || token.kind == TokenKind::LowerParen);
    std::string_view escape = escapeOf(token.kind, token.kind == TokenKind::Lower && token.startsStatement);
    made += text.substr(at, token.begin - at);
    made += std::string(escape) + std::string(text.substr(token.begin, end - token.begin));
    made += escape.empty() ? "" : kPlain;
    at = end;
  }
  std::string_view rest = text.substr(at);
  const bool hasComment =
      rest.find("//") != std::string_view::npos || rest.find("/*") != std::string_view::npos;
  return made + (hasComment ? "\x1b[2m" : "") + std::string(rest) + std::string(hasComment ? kPlain : "");
}

} // namespace tl::repl
