// Where a blank stands between two tokens.
#pragma once

#include "frontend/parse/Tokenizer.h"

#include <string_view>
#include <vector>

namespace tl::format {

/// `)`, `]` and `}`.
bool isCloser(parse::TokenKind kind);

/// Walks through the tokens of a program and knows, at each, the brackets around it. Arithmetic inside the
/// indices of a tensor or relation is tight (`X[i+1,j]`, `Edge(x+1, y)`), elsewhere it has blanks.
class Spacing {
public:
  explicit Spacing(std::string_view text) : text(text) {}

  /// Whether a blank stands before `token`, which follows the last one taken.
  bool hasBlankBefore(const parse::Token &token) const;
  /// Takes the next token.
  void take(const parse::Token &token);

  enum class Bracket { Indices, Declared, Reduction, List, Atom, Call, Group, Braces, Block };
  /// The open brackets, outermost first.
  const std::vector<Bracket> &brackets() const { return open; }

private:
  bool isOperand(const parse::Token &token) const;
  bool isPrefix(const parse::Token &token) const;
  bool isTight() const;
  bool isIn(Bracket bracket) const;
  bool isDerivative() const;
  Bracket opened(const parse::Token &token) const;
  std::string_view textOf(const parse::Token &token) const {
    return text.substr(token.begin, token.end - token.begin);
  }

  std::string_view text;
  std::vector<Bracket> open;
  parse::Token last;
  std::string_view keyword;         ///< the word that begins the statement, when it is lower-case
  bool lastIsPrefix = false;        ///< the last token is a sign or the star of a virtual index
  bool lastClosesReduction = false; ///< `sum[j]` was just closed
};

} // namespace tl::format
