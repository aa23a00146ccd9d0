// A program as the words it is written in: for formatting, completion and colour.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tl::parse {

/// What a token is, as far as its neighbours and readers care. `Name(` and `name(` without a blank are one
/// token each.
enum class TokenKind {
  Name,
  NameParen,
  Lower,
  LowerParen,
  Not,
  Number, ///< also `true` and `false`
  String,
  Wildcard,
  Arrow,
  ResultArrow,
  Assign, ///< `=`, `max=` and the like
  Compare,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  Caret,
  Tilde,
  Comma,
  Semicolon,
  Colon,
  DoubleColon,
  Ellipsis,
  Dot,
  Question,
  OpenParen,
  CloseParen,
  OpenBracket,
  CloseBracket,
  OpenBrace,
  CloseBrace,
  Other, ///< what no program has
};

/// One word and the bytes it takes.
struct Token {
  TokenKind kind = TokenKind::Other;
  std::uint32_t begin = 0, end = 0;
  bool startsStatement = false; ///< also inside the block of a definition
};

/// The tokens of file `file`, cut into statements exactly as the parser does. Between two tokens stand only
/// blanks, newlines, comments and what ends statements. What the parser would refuse to read is reported.
std::vector<Token> tokenize(const source::SourceManager &sources, std::uint32_t file,
                            source::DiagnosticEngine &diagnostics);

} // namespace tl::parse
