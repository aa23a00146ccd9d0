// The token filter in front of the parser: ends of statements, dropped newlines, split tokens, limits.
#include "frontend/parse/StatementReader.h"

#include "frontend/parse/Lexical.h"
#include "frontend/parse/Utf8Stream.h"

#include <antlr4-runtime.h>

#include "TensorLogicLexer.h"
#include "TensorLogicParser.h"

namespace tl::parse {
namespace {

using Lexer = grammar::TensorLogicLexer;
using antlr4::CommonToken;
using antlr4::Token;

constexpr std::size_t kEnd = grammar::TensorLogicParser::END;

std::size_t endOf(const Token &token) {
  return token.getStopIndex() + 1;
}

/// The bracket that `type` closes, 0 for none.
std::size_t openerOf(std::size_t type) {
  switch (type) {
  case Lexer::RPAREN:
    return Lexer::LPAREN;
  case Lexer::RBRACK:
    return Lexer::LBRACK;
  case Lexer::RBRACE:
    return Lexer::LBRACE;
  default:
    return 0;
  }
}

/// The bracket that a token opens, 0 for none.
std::size_t openedBy(std::size_t type) {
  switch (type) {
  case Lexer::LPAREN:
  case Lexer::NAME_PAREN:
  case Lexer::FUNC_PAREN:
    return Lexer::LPAREN;
  case Lexer::LBRACK:
    return Lexer::LBRACK;
  case Lexer::LBRACE:
    return Lexer::LBRACE;
  default:
    return 0;
  }
}

bool isAssignment(std::size_t type) {
  return type == Lexer::ASSIGN || (type >= Lexer::MAX_ASSIGN && type <= Lexer::MUL_ASSIGN);
}

/// After these a newline does not end the statement.
bool isContinued(std::size_t type) {
  switch (type) {
  case Lexer::ARROW:
  case Lexer::RARROW:
  case Lexer::COMMA:
  case Lexer::COLON:
  case Lexer::COLONCOLON:
  case Lexer::TILDE:
  case Lexer::NOT:
  case Lexer::CARET:
    return true;
  default:
    return isAssignment(type) || (type >= Lexer::EQUAL && type <= Lexer::PERCENT);
  }
}

/// The length of a name, without the bracket that its token may have; 0 for other tokens.
std::size_t nameBytes(const Token &token) {
  switch (token.getType()) {
  case Lexer::NAME:
  case Lexer::LOWER:
  case Lexer::BAD_NAME:
    return endOf(token) - token.getStartIndex();
  case Lexer::NAME_PAREN:
  case Lexer::FUNC_PAREN:
    return endOf(token) - token.getStartIndex() - 1;
  default:
    return 0;
  }
}

/// What may stand first in a statement.
bool startsStatement(std::size_t type) {
  return type == Lexer::NAME || type == Lexer::NAME_PAREN || (type >= Lexer::DOMAIN && type <= Lexer::EMBED);
}

} // namespace

class StatementReader::Impl {
public:
  Impl(std::string_view text, std::uint32_t file, source::DiagnosticEngine &diagnostics)
      : text(text), file(file), diagnostics(diagnostics), characters(makeUtf8Stream(text)),
        lexer(characters.get()) {
    lexer.removeErrorListeners();
  }

  TokenList read(std::size_t offset);
  std::size_t next = 0;

private:
  struct Bracket {
    std::size_t type;
    std::size_t token; ///< its index in `tokens`
    bool isBlock = false;
  };
  /// A line inside an open bracket that looks like a new statement.
  struct Restart {
    std::size_t token;
    std::size_t offset;
  };

  void start(std::size_t offset);
  bool step();
  bool accept(std::unique_ptr<Token> token);
  bool newline(const Token &token);
  bool endStatement(std::size_t begin, std::size_t end);
  bool open(std::unique_ptr<Token> token, std::size_t bracket);
  bool close(std::unique_ptr<Token> token);
  bool mismatched();
  bool finish(std::size_t offset);
  bool unclosed();
  bool refuse(source::DiagnosticId id, std::size_t begin, std::size_t end, std::string message);
  void push(std::size_t type, std::size_t begin, std::size_t end);
  void split(const Token &token, std::size_t first, std::size_t second);
  void skipLine();

  bool isInList() const { return !brackets.empty() && !brackets.back().isBlock; }
  bool isInBlock() const { return !brackets.empty() && brackets.front().isBlock; }
  std::size_t lastType() const { return tokens.empty() ? Token::INVALID_TYPE : tokens.back()->getType(); }
  /// Between the definition's name and its block no newline counts.
  bool isBeforeBlock() const {
    return !tokens.empty() && tokens.front()->getType() == Lexer::DEF && !isInBlock();
  }

  std::string_view text;
  std::uint32_t file;
  source::DiagnosticEngine &diagnostics;
  std::unique_ptr<antlr4::CharStream> characters;
  Lexer lexer;

  TokenList tokens;
  std::vector<Bracket> brackets;
  std::vector<Restart> restarts;
  std::size_t begin = 0;
  bool isAfterHead = false; ///< an arrow or assignment has been read: the next '<-' compares
  bool hasUnclosed = false; ///< an earlier bracket never closed: look ahead less
  bool isLineStart = false; ///< a newline inside a bracket came just before
};

TokenList StatementReader::Impl::read(std::size_t offset) {
  start(offset);
  while (step()) {
  }
  return std::move(tokens);
}

void StatementReader::Impl::start(std::size_t offset) {
  begin = offset;
  tokens.clear();
  brackets.clear();
  restarts.clear();
  isAfterHead = isLineStart = false;
  characters->seek(offset);
  lexer.hitEOF = false;
}

/// Reads one token; false when the statement is complete or refused.
bool StatementReader::Impl::step() {
  std::unique_ptr<Token> token = lexer.nextToken();
  if (token->getType() == Token::EOF)
    return brackets.empty() ? finish(text.size()) : unclosed();
  if (endOf(*token) - begin > kLongestText)
    return refuse(source::DiagnosticId::SyntaxError, begin, begin + 1,
                  "a statement is longer than the limit of 64 MB");
  if (nameBytes(*token) > kLongestName)
    return refuse(source::DiagnosticId::SyntaxError, token->getStartIndex(), token->getStartIndex() + 1,
                  "a name is longer than the limit of 1,024 bytes");
  if (token->getType() == Lexer::NEWLINE)
    return newline(*token);
  if (isLineStart && at(text, token->getStartIndex() - 1) == '\n' && startsStatement(token->getType()) &&
      !isContinued(lastType())) {
    restarts.push_back({tokens.size(), token->getStartIndex()});
    // The program is wrong already; do not read to its end again for every line.
    if (hasUnclosed && restarts.size() > 100)
      return unclosed();
  }
  isLineStart = false;
  return accept(std::move(token));
}

bool StatementReader::Impl::accept(std::unique_ptr<Token> token) {
  std::size_t type = token->getType();
  if (std::size_t bracket = openedBy(type))
    return open(std::move(token), bracket);
  if (openerOf(type))
    return close(std::move(token));
  if (type == Lexer::NOT_PAREN) {
    std::size_t paren = endOf(*token) - 1;
    push(Lexer::NOT, token->getStartIndex(), paren);
    auto opening = std::make_unique<CommonToken>(std::pair{token->getTokenSource(), characters.get()},
                                                 Lexer::LPAREN, Token::DEFAULT_CHANNEL, paren, paren);
    return open(std::move(opening), Lexer::LPAREN);
  }
  if (type == Lexer::ARROW && endOf(*token) - token->getStartIndex() == 2) {
    bool isLess = text[token->getStartIndex()] == '<';
    if (isInList() || (isLess && isAfterHead)) {
      split(*token, isLess ? Lexer::LESS : Lexer::COLON, Lexer::MINUS);
      return true;
    }
  }
  bool isImport =
      !tokens.empty() && tokens.front()->getType() == Lexer::IMPORT && isLower(at(text, endOf(*token)));
  if (!isInList() && (type == Lexer::SEMI || (type == Lexer::DOT && !isImport)))
    return endStatement(token->getStartIndex(), endOf(*token));
  isAfterHead |= type == Lexer::ARROW || isAssignment(type);
  std::size_t end = endOf(*token);
  tokens.push_back(std::move(token));
  return type != Lexer::QUESTION || isInList() || endStatement(end, end);
}

bool StatementReader::Impl::newline(const Token &token) {
  isLineStart = true;
  if (isInList() || isContinued(lastType()) || isBeforeBlock())
    return true;
  return endStatement(token.getStartIndex(), endOf(token));
}

/// Inside the block of a definition an END separates; elsewhere it completes.
bool StatementReader::Impl::endStatement(std::size_t from, std::size_t to) {
  isAfterHead = false;
  if (isInBlock()) {
    push(kEnd, from, to);
    return true;
  }
  push(kEnd, from, to);
  push(Token::EOF, to, to);
  next = to;
  return false;
}

bool StatementReader::Impl::open(std::unique_ptr<Token> token, std::size_t bracket) {
  // A thousand lines that each leave a bracket open are not a nest.
  if (brackets.size() == kDeepestNesting && !restarts.empty())
    return unclosed();
  if (brackets.size() == kDeepestNesting)
    return refuse(source::DiagnosticId::NestingTooDeep, endOf(*token) - 1, endOf(*token),
                  "brackets are nested deeper than the limit of 1,000");
  bool isBlock = bracket == Lexer::LBRACE && brackets.empty() && isBeforeBlock();
  brackets.push_back({bracket, tokens.size(), isBlock});
  tokens.push_back(std::move(token));
  isAfterHead &= !isBlock;
  return true;
}

bool StatementReader::Impl::close(std::unique_ptr<Token> token) {
  // The brace of a definition closes what its statements left open.
  if (token->getType() == Lexer::RBRACE && isInBlock() && brackets.back().type != Lexer::LBRACE)
    brackets.resize(1);
  bool isMatching = !brackets.empty() && brackets.back().type == openerOf(token->getType());
  bool isBlock = isMatching && brackets.back().isBlock;
  std::size_t begin = token->getStartIndex(), end = endOf(*token);
  if (isBlock && lastType() != kEnd && lastType() != Lexer::LBRACE)
    push(kEnd, begin, begin);
  tokens.push_back(std::move(token));
  if (!isMatching)
    return mismatched();
  brackets.pop_back();
  return !isBlock || endStatement(end, end);
}

/// The parser will report the closing bracket that was just read; what follows on its line is dropped.
bool StatementReader::Impl::mismatched() {
  skipLine();
  if (!isInBlock())
    return finish(characters->index());
  brackets.resize(1);
  push(kEnd, characters->index(), characters->index());
  return true;
}

void StatementReader::Impl::skipLine() {
  std::size_t end = text.find_first_of("\r\n", characters->index());
  characters->seek(end == std::string_view::npos ? text.size() : end);
}

bool StatementReader::Impl::finish(std::size_t offset) {
  std::size_t end = tokens.empty() ? offset : endOf(*tokens.back());
  push(kEnd, end, end);
  push(Token::EOF, end, end);
  next = offset;
  return false;
}

/// The end of the text inside a bracket: go back to the first line that looks like a statement.
bool StatementReader::Impl::unclosed() {
  hasUnclosed = true;
  for (const Restart &restart : restarts) {
    if (restart.token <= brackets.front().token)
      continue;
    tokens.resize(restart.token);
    return finish(restart.offset);
  }
  return finish(text.size());
}

/// Reports, and drops tokens up to a line that begins outside all brackets.
bool StatementReader::Impl::refuse(source::DiagnosticId id, std::size_t from, std::size_t to,
                                   std::string message) {
  diagnostics.report(id, {file, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)},
                     std::move(message));
  tokens.clear();
  std::size_t depth = brackets.size() + (id == source::DiagnosticId::NestingTooDeep);
  while (true) {
    std::unique_ptr<Token> token = lexer.nextToken();
    std::size_t type = token->getType();
    depth += openedBy(type) != 0 || type == Lexer::NOT_PAREN;
    depth -= openerOf(type) != 0 && depth > 0;
    next = type == Token::EOF ? text.size() : endOf(*token);
    if (type == Token::EOF || (type == Lexer::NEWLINE && depth == 0) || next - begin > kLongestText)
      break;
  }
  if (next - begin > kLongestText)
    next = text.size();
  return false;
}

void StatementReader::Impl::push(std::size_t type, std::size_t from, std::size_t to) {
  tokens.push_back(std::make_unique<CommonToken>(
      std::pair<antlr4::TokenSource *, antlr4::CharStream *>(&lexer, characters.get()), type,
      Token::DEFAULT_CHANNEL, from, to - 1));
}

/// A token of two characters as two tokens.
void StatementReader::Impl::split(const Token &token, std::size_t first, std::size_t second) {
  std::size_t middle = token.getStartIndex() + 1;
  push(first, middle - 1, middle);
  push(second, middle, middle + 1);
}

StatementReader::StatementReader(std::string_view text, std::uint32_t file,
                                 source::DiagnosticEngine &diagnostics)
    : impl(std::make_unique<Impl>(text, file, diagnostics)) {}

StatementReader::~StatementReader() = default;

TokenList StatementReader::read(std::size_t offset) {
  return impl->read(offset);
}

std::size_t StatementReader::end() const {
  return impl->next;
}

} // namespace tl::parse
