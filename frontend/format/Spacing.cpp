// The rules of blanks.
#include "frontend/format/Spacing.h"

namespace tl::format {

using parse::Token;
using parse::TokenKind;

namespace {

bool isArithmetic(TokenKind kind) {
  return kind == TokenKind::Plus || kind == TokenKind::Minus || kind == TokenKind::Star ||
         kind == TokenKind::Slash || kind == TokenKind::Percent;
}

/// What always stands close to the token before it.
bool isClose(TokenKind kind) {
  return kind == TokenKind::Comma || kind == TokenKind::Semicolon || kind == TokenKind::Question ||
         kind == TokenKind::Colon || kind == TokenKind::Dot || kind == TokenKind::Caret ||
         kind == TokenKind::CloseParen || kind == TokenKind::CloseBracket;
}

bool isOpener(TokenKind kind) {
  return kind == TokenKind::OpenParen || kind == TokenKind::OpenBracket || kind == TokenKind::OpenBrace ||
         kind == TokenKind::NameParen || kind == TokenKind::LowerParen;
}

} // namespace

bool isCloser(TokenKind kind) {
  return kind == TokenKind::CloseParen || kind == TokenKind::CloseBracket || kind == TokenKind::CloseBrace;
}

bool Spacing::isOperand(const Token &token) const {
  return token.kind == TokenKind::Name || token.kind == TokenKind::Lower || token.kind == TokenKind::Number ||
         token.kind == TokenKind::String || token.kind == TokenKind::Wildcard || isCloser(token.kind);
}

/// A sign, or the star of `*t`.
bool Spacing::isPrefix(const Token &token) const {
  return (token.kind == TokenKind::Minus || token.kind == TokenKind::Star) && !isOperand(last);
}

bool Spacing::isTight() const {
  for (Bracket bracket : open)
    if (bracket == Bracket::Indices || bracket == Bracket::Atom)
      return true;
  return isDerivative();
}

bool Spacing::isIn(Bracket bracket) const {
  return !open.empty() && open.back() == bracket;
}

/// `dLoss/dW?`; no other statement that begins in lower case has arithmetic outside its brackets and before
/// `=`.
bool Spacing::isDerivative() const {
  return open.empty() && keyword.size() > 1 && keyword[0] == 'd';
}

Spacing::Bracket Spacing::opened(const Token &token) const {
  bool isDeclaration = open.empty() && (keyword == "tensor" || keyword == "param");
  if (token.kind == TokenKind::NameParen)
    return isDeclaration ? Bracket::Declared : Bracket::Atom;
  if (token.kind == TokenKind::LowerParen)
    return Bracket::Call;
  if (token.kind == TokenKind::OpenBrace)
    return open.empty() && keyword == "def" ? Bracket::Block : Bracket::Braces;
  if (token.kind != TokenKind::OpenBracket)
    return Bracket::Group;
  if (last.kind == TokenKind::Name)
    return isDeclaration ? Bracket::Declared : Bracket::Indices;
  return last.kind == TokenKind::Lower ? Bracket::Reduction : Bracket::List;
}

void Spacing::take(const Token &token) {
  if (token.startsStatement)
    keyword = token.kind == TokenKind::Lower ? textOf(token) : std::string_view();
  lastIsPrefix = !token.startsStatement && isPrefix(token);
  lastClosesReduction = false;
  if (isOpener(token.kind)) {
    open.push_back(opened(token));
  } else if (isCloser(token.kind) && !open.empty()) {
    lastClosesReduction = open.back() == Bracket::Reduction;
    open.pop_back();
  }
  last = token;
}

bool Spacing::hasBlankBefore(const Token &token) const {
  if (isClose(token.kind) || lastIsPrefix || last.kind == TokenKind::Caret || last.kind == TokenKind::Dot)
    return false;
  if (isOpener(last.kind))
    return isIn(Bracket::Block) && token.kind != TokenKind::CloseBrace;
  if (token.kind == TokenKind::CloseBrace)
    return isIn(Bracket::Block);
  if (token.kind == TokenKind::OpenBracket && (last.kind == TokenKind::Name || last.kind == TokenKind::Lower))
    return false;
  if (token.kind == TokenKind::OpenParen && lastClosesReduction)
    return false;
  if (last.kind == TokenKind::Comma)
    return !isIn(Bracket::Indices) && !isIn(Bracket::Reduction);
  if (token.kind == TokenKind::DoubleColon || last.kind == TokenKind::Colon ||
      last.kind == TokenKind::DoubleColon)
    return !isIn(Bracket::Indices);
  if (isArithmetic(last.kind) || (isArithmetic(token.kind) && !isPrefix(token)))
    return !isTight();
  return true;
}

} // namespace tl::format
