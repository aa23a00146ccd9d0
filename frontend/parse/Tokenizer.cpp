// The parser's own tokens, without ANTLR's types.
#include "frontend/parse/Tokenizer.h"

#include "frontend/parse/Lexical.h"
#include "frontend/parse/StatementReader.h"

#include <antlr4-runtime.h>

#include "TensorLogicLexer.h"
#include "TensorLogicParser.h"

namespace tl::parse {
namespace {

using Lexer = grammar::TensorLogicLexer;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct KindRow {
  std::size_t type;
  TokenKind kind;
};

constexpr KindRow kKinds[] = {
    {Lexer::NAME, TokenKind::Name},
    {Lexer::NAME_PAREN, TokenKind::NameParen},
    {Lexer::LOWER, TokenKind::Lower},
    {Lexer::DOMAIN, TokenKind::Lower},
    {Lexer::TENSOR, TokenKind::Lower},
    {Lexer::PARAM, TokenKind::Lower},
    {Lexer::CONST, TokenKind::Lower},
    {Lexer::DEF, TokenKind::Lower},
    {Lexer::IMPORT, TokenKind::Lower},
    {Lexer::EXTERN, TokenKind::Lower},
    {Lexer::LEARN, TokenKind::Lower},
    {Lexer::EMBED, TokenKind::Lower},
    {Lexer::BY, TokenKind::Lower},
    {Lexer::FUNC_PAREN, TokenKind::LowerParen},
    {Lexer::NOT, TokenKind::Not},
    {Lexer::TRUE, TokenKind::Number},
    {Lexer::FALSE, TokenKind::Number},
    {Lexer::INT, TokenKind::Number},
    {Lexer::REAL, TokenKind::Number},
    {Lexer::STRING, TokenKind::String},
    {Lexer::WILDCARD, TokenKind::Wildcard},
    {Lexer::ARROW, TokenKind::Arrow},
    {Lexer::RARROW, TokenKind::ResultArrow},
    {Lexer::ASSIGN, TokenKind::Assign},
    {Lexer::MAX_ASSIGN, TokenKind::Assign},
    {Lexer::MIN_ASSIGN, TokenKind::Assign},
    {Lexer::AVG_ASSIGN, TokenKind::Assign},
    {Lexer::ADD_ASSIGN, TokenKind::Assign},
    {Lexer::MUL_ASSIGN, TokenKind::Assign},
    {Lexer::EQUAL, TokenKind::Compare},
    {Lexer::NOT_EQUAL, TokenKind::Compare},
    {Lexer::LESS, TokenKind::Compare},
    {Lexer::LESS_EQUAL, TokenKind::Compare},
    {Lexer::GREATER, TokenKind::Compare},
    {Lexer::GREATER_EQUAL, TokenKind::Compare},
    {Lexer::PLUS, TokenKind::Plus},
    {Lexer::MINUS, TokenKind::Minus},
    {Lexer::STAR, TokenKind::Star},
    {Lexer::SLASH, TokenKind::Slash},
    {Lexer::PERCENT, TokenKind::Percent},
    {Lexer::CARET, TokenKind::Caret},
    {Lexer::TILDE, TokenKind::Tilde},
    {Lexer::COMMA, TokenKind::Comma},
    {Lexer::SEMI, TokenKind::Semicolon},
    {Lexer::COLON, TokenKind::Colon},
    {Lexer::COLONCOLON, TokenKind::DoubleColon},
    {Lexer::ELLIPSIS, TokenKind::Ellipsis},
    {Lexer::DOT, TokenKind::Dot},
    {Lexer::QUESTION, TokenKind::Question},
    {Lexer::LPAREN, TokenKind::OpenParen},
    {Lexer::RPAREN, TokenKind::CloseParen},
    {Lexer::LBRACK, TokenKind::OpenBracket},
    {Lexer::RBRACK, TokenKind::CloseBracket},
    {Lexer::LBRACE, TokenKind::OpenBrace},
    {Lexer::RBRACE, TokenKind::CloseBrace},
};

TokenKind kindOf(std::size_t type) {
  for (const KindRow &row : kKinds)
    if (row.type == type)
      return row.kind;
  return TokenKind::Other;
}

/// Appends the tokens of one statement; an END inside a definition's block separates its statements.
void append(const TokenList &statement, std::vector<Token> &tokens) {
  bool isFirst = true, isInDefinition = !statement.empty() && statement.front()->getType() == Lexer::DEF;
  int depth = 0;
  for (const auto &token : statement) {
    std::size_t type = token->getType();
    if (type == antlr4::Token::EOF)
      return;
    if (type == grammar::TensorLogicParser::END) {
      isFirst = true;
      continue;
    }
    depth -= type == Lexer::RBRACE;
    bool isEndOfBlock = isInDefinition && depth == 0 && type == Lexer::RBRACE;
    tokens.push_back({kindOf(type), static_cast<std::uint32_t>(token->getStartIndex()),
                      static_cast<std::uint32_t>(token->getStopIndex() + 1), isFirst && !isEndOfBlock});
    depth += type == Lexer::LBRACE;
    isFirst = isInDefinition && depth == 1 && type == Lexer::LBRACE;
  }
}

} // namespace

std::vector<Token> tokenize(const source::SourceManager &sources, std::uint32_t file,
                            source::DiagnosticEngine &diagnostics) {
  std::string_view text = sources.file(file).text();
  std::vector<Token> tokens;
  StatementReader reader(text, file, diagnostics);
  std::size_t position = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (true) {
    position = skipSpace(text, position);
    while (at(text, position) == ';')
      position = skipSpace(text, position + 1);
    if (position >= text.size())
      return tokens;
    append(reader.read(position), tokens);
    position = reader.end();
  }
}

} // namespace tl::parse
