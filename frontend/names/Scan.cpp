// What each word of a statement is, from the words around it: a text that is being typed has no syntax tree.
#include "frontend/names/Scan.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace tl::names {
namespace {

using parse::Token;
using parse::TokenKind;

bool opens(TokenKind kind) {
  return kind == TokenKind::OpenParen || kind == TokenKind::OpenBracket || kind == TokenKind::OpenBrace ||
         kind == TokenKind::NameParen || kind == TokenKind::LowerParen;
}

bool closes(TokenKind kind) {
  return kind == TokenKind::CloseParen || kind == TokenKind::CloseBracket || kind == TokenKind::CloseBrace;
}

/// The names of constants of the program and the options of every definition.
class Scanner {
public:
  Scanner(std::string_view text, const std::vector<Token> &tokens) : text(text), tokens(tokens) {}

  Scanned run() {
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at)
      if (tokens[at].startsStatement && word(at) == "const")
        constants.insert(word(at + 1));
    for (std::size_t first = 0; first < tokens.size();) {
      std::size_t last = first + 1;
      while (last < tokens.size() && !tokens[last].startsStatement)
        ++last;
      addStatement(first, last);
      first = last;
    }
    return std::move(made);
  }

private:
  /// A bracket that is open at the word in hand.
  struct Open {
    std::string_view access;   ///< `W` of `W[`
    std::string_view function; ///< `relu` of `relu(`
    std::uint32_t position = 0;
    bool hasOptions = false; ///< a ';' came
  };

  std::string_view word(std::size_t at) const {
    const Token &token = tokens[at];
    std::uint32_t end =
        token.end - (token.kind == TokenKind::NameParen || token.kind == TokenKind::LowerParen);
    return text.substr(token.begin, end - token.begin);
  }

  void addStatement(std::size_t first, std::size_t last) {
    number = static_cast<std::uint32_t>(made.statements.size());
    made.statements.emplace_back(tokens[first].begin, tokens[last - 1].end);
    keyword = tokens[first].kind == TokenKind::Lower ? word(first) : std::string_view();
    open.clear();
    if (keyword == "def" && block == 0)
      beginBlock(first, last);
    if (keyword == "import" && last > first + 1)
      add(NameKind::Module, tokens[first + 1].begin, tokens[last - 1].end, 0);
    else
      addWords(first, last);
    for (std::size_t at = first; at < last && block != 0; ++at) {
      braces += tokens[at].kind == TokenKind::OpenBrace;
      braces -= tokens[at].kind == TokenKind::CloseBrace;
      if (tokens[at].kind == TokenKind::CloseBrace && braces == 0)
        endBlock(tokens[at].end);
    }
  }

  void beginBlock(std::size_t first, std::size_t last) {
    block = number + 1;
    braces = 0;
    blockFunction = first + 1 < last ? std::string(word(first + 1)) : std::string();
    bool hasOptions = false;
    for (std::size_t at = first; at + 1 < last && tokens[at].kind != TokenKind::ResultArrow; ++at) {
      hasOptions |= tokens[at].kind == TokenKind::Semicolon;
      if (hasOptions && tokens[at].kind == TokenKind::Lower && tokens[at + 1].kind == TokenKind::Assign)
        blockOptions.insert(word(at));
    }
  }

  void endBlock(std::uint32_t end) {
    made.statements[block - 1].second = end;
    block = 0;
    blockOptions.clear();
  }

  void addWords(std::size_t first, std::size_t last) {
    const std::size_t left = endOfLeft(first, last);
    for (std::size_t at = first + (!keyword.empty() && !isDerived(first)); at < last; ++at) {
      const Token &token = tokens[at];
      if (isPartOfDerivative(at, last))
        add(NameKind::Tensor, token.begin + 1, token.end, 0);
      else if (token.kind == TokenKind::Name || token.kind == TokenKind::NameParen)
        addName(at, first, left);
      else if (token.kind == TokenKind::Lower || token.kind == TokenKind::LowerParen)
        addLower(at, first, last);
      else if (token.kind == TokenKind::String)
        addString(at);
      trackBrackets(at, first);
    }
  }

  void trackBrackets(std::size_t at, std::size_t first) {
    const Token &token = tokens[at];
    if (opens(token.kind)) {
      Open one;
      bool isBracketOfName = token.kind == TokenKind::OpenBracket && at > first &&
                             tokens[at - 1].kind == TokenKind::Name && tokens[at - 1].end == token.begin;
      if (token.kind == TokenKind::NameParen)
        one.access = word(at);
      else if (isBracketOfName)
        one.access = word(at - 1);
      else if (token.kind == TokenKind::LowerParen)
        one.function = word(at);
      open.push_back(one);
    } else if (closes(token.kind) && !open.empty()) {
      open.pop_back();
    } else if (!open.empty()) {
      open.back().position += token.kind == TokenKind::Comma;
      open.back().hasOptions |= token.kind == TokenKind::Semicolon;
    }
  }

  /// One past the words of the left side; `first` where there is none. Facts are left sides as a whole.
  std::size_t endOfLeft(std::size_t first, std::size_t last) const {
    if (tokens[last - 1].kind == TokenKind::Question || tokens[first].kind == TokenKind::String)
      return first;
    int depth = 0;
    for (std::size_t at = first; at < last; ++at) {
      if (depth == 0 && (tokens[at].kind == TokenKind::Assign || tokens[at].kind == TokenKind::Arrow))
        return at;
      depth += opens(tokens[at].kind);
      depth -= closes(tokens[at].kind);
    }
    return last;
  }

  void addName(std::size_t at, std::size_t first, std::size_t left) {
    std::uint32_t begin = tokens[at].begin;
    Occurrence &one =
        add(NameKind::Tensor, begin, begin + static_cast<std::uint32_t>(word(at).size()), scopeOf(word(at)));
    bool isDeclared = keyword == "tensor" || keyword == "param" || keyword == "const" || keyword == "domain";
    bool isLeft = keyword.empty() && at < left;
    bool isSeveral = tokens[first].kind == TokenKind::OpenParen;
    if (keyword == "def") {
      one.isDefinition = open.size() <= 1;
    } else if (isDeclared) {
      bool isListed = keyword == "domain" && !open.empty();
      one.isDefinition = one.isDeclaration = at == first + 1 || isListed;
    } else if (isLeft) {
      bool isHead = open.size() == (isSeveral ? 1u : 0u);
      one.isDefinition = isHead;
      one.isFact = isHead && left == endOfStatement(first);
    }
  }

  std::size_t endOfStatement(std::size_t first) const {
    std::size_t last = first + 1;
    while (last < tokens.size() && !tokens[last].startsStatement)
      ++last;
    return last;
  }

  void addLower(std::size_t at, std::size_t first, std::size_t last) {
    const Token &token = tokens[at];
    std::uint32_t end = token.begin + static_cast<std::uint32_t>(word(at).size());
    const bool isCall = token.kind == TokenKind::LowerParen;
    const TokenKind next = at + 1 < last ? tokens[at + 1].kind : TokenKind::Other;
    if (keyword == "learn" || keyword == "embed" || (keyword.empty() && at == first))
      return;
    if (isCall) {
      bool isDefined = (keyword == "def" && at == first + 1) || keyword == "extern";
      Occurrence &one = add(NameKind::Function, token.begin, end, 0);
      one.isDefinition = isDefined;
      return;
    }
    if (keyword == "extern" && open.empty()) { // `dx = slope`: a parameter behind its d, and a function
      const bool isChange = next == TokenKind::Assign && end - token.begin > 1;
      add(isChange ? NameKind::Index : NameKind::Function, token.begin + (isChange ? 1 : 0), end,
          isChange ? number + 1 : 0);
      return;
    }
    const bool isReduction = next == TokenKind::OpenBracket;
    const bool isElementType = (keyword == "tensor" || keyword == "param") && open.empty();
    const bool isFileOption = open.empty() && next == TokenKind::Assign && hasFile(first, last);
    if (isReduction || isElementType || isFileOption)
      return;
    if (!open.empty() && open.back().hasOptions && next == TokenKind::Assign) {
      Occurrence &one = add(NameKind::Option, token.begin, end, 0);
      one.owner = std::string(open.back().function);
      one.isDefinition = keyword == "def";
    } else if (block != 0 && blockOptions.contains(word(at))) {
      add(NameKind::Option, token.begin, end, 0).owner = blockFunction;
    } else {
      add(NameKind::Index, token.begin, end, number + 1);
    }
  }

  /// `X = "x.npy", header = true`.
  bool hasFile(std::size_t first, std::size_t last) const {
    for (std::size_t at = first; at + 1 < last; ++at)
      if (tokens[at].kind == TokenKind::Assign)
        return tokens[at + 1].kind == TokenKind::String;
    return false;
  }

  /// A symbol in quotes; outside brackets it is the name of a file.
  void addString(std::size_t at) {
    if (open.empty() || tokens[at].end - tokens[at].begin < 2)
      return;
    Occurrence &one = add(NameKind::Tensor, tokens[at].begin + 1, tokens[at].end - 1, 0);
    one.isQuoted = true;
    one.isDefinition = one.isDeclaration = keyword == "domain";
  }

  /// One of the names of `dLoss/dW`, which stand on both sides of a '/'.
  bool isPartOfDerivative(std::size_t at, std::size_t last) const {
    auto isPair = [&](std::size_t left) {
      return left + 2 < last && isDerived(left) && word(left + 1) == "/" && isDerived(left + 2);
    };
    return isPair(at) || (at >= 2 && isPair(at - 2));
  }

  /// Such a name begins behind its d.
  bool isDerived(std::size_t at) const {
    return tokens[at].kind == TokenKind::Lower && word(at).size() > 1 && word(at)[0] == 'd' &&
           std::isupper(static_cast<unsigned char>(word(at)[1]));
  }

  std::uint32_t scopeOf(std::string_view name) const { return constants.contains(name) ? 0 : block; }

  Occurrence &add(NameKind kind, std::uint32_t begin, std::uint32_t end, std::uint32_t scope) {
    Occurrence one;
    one.kind = kind, one.begin = begin, one.end = end, one.scope = scope, one.statement = number;
    if (!open.empty())
      one.access = open.back().access, one.position = open.back().position;
    made.occurrences.push_back(std::move(one));
    return made.occurrences.back();
  }

  std::string_view text;
  const std::vector<Token> &tokens;
  Scanned made;
  std::set<std::string_view> constants;
  // Of the statement in hand.
  std::uint32_t number = 0;
  std::string_view keyword;
  std::vector<Open> open;
  // Of the definition in hand; block is 0 outside.
  std::uint32_t block = 0;
  int braces = 0;
  std::string blockFunction;
  std::set<std::string_view> blockOptions;
};

} // namespace

Scanned scan(std::string_view text, const std::vector<Token> &tokens) {
  Scanned made = Scanner(text, tokens).run();
  std::ranges::sort(made.occurrences, {}, &Occurrence::begin);
  return made;
}

} // namespace tl::names
