// The parser's boundary: limits, the choice between fast path and grammar, and every exception of ANTLR.
#include "frontend/parse/Parser.h"

#include "frontend/parse/ErrorStrategy.h"
#include "frontend/parse/FactScanner.h"
#include "frontend/parse/Lexical.h"
#include "frontend/parse/ParseOptions.h"
#include "frontend/parse/StatementBuilder.h"
#include "frontend/parse/StatementReader.h"
#include "runtime/core/Utf8.h"

#include <antlr4-runtime.h>

#include "TensorLogicParser.h"

#include <cstdio>
#include <limits>

namespace tl::parse {
namespace {

using Grammar = grammar::TensorLogicParser;
using source::DiagnosticId;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMostErrors = 100;

/// Hands the tokens of one statement to the parser.
class TokenFeed : public antlr4::TokenSource {
public:
  explicit TokenFeed(TokenList tokens) : tokens(std::move(tokens)) {}

  std::unique_ptr<antlr4::Token> nextToken() override { return std::move(tokens[next++]); }
  std::size_t getLine() const override { return 0; }
  std::size_t getCharPositionInLine() override { return 0; }
  antlr4::CharStream *getInputStream() override { return nullptr; }
  std::string getSourceName() override { return {}; }
  antlr4::TokenFactory<antlr4::CommonToken> *getTokenFactory() override {
    return antlr4::CommonTokenFactory::DEFAULT.get();
  }

private:
  TokenList tokens;
  std::size_t next = 0;
};

/// One file on its way to a program.
class FileParser {
public:
  FileParser(std::string_view text, std::uint32_t file, source::DiagnosticEngine &diagnostics,
             ParseOptions options)
      : text(text), file(file), diagnostics(diagnostics), options(options), before(diagnostics.all().size()),
        reader(text, file, diagnostics), facts(text, program) {
    program.file = file;
  }

  std::optional<ast::Program> parse() {
    if (isReadable())
      statements();
    if (errors() > 0)
      return std::nullopt;
    return std::move(program);
  }

private:
  std::size_t errors() const { return diagnostics.all().size() - before; }

  source::Diagnostic &error(DiagnosticId id, std::size_t begin, std::size_t end, std::string message) {
    return diagnostics.report(id, {file, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
                              std::move(message));
  }

  bool isReadable() {
    if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
      error(DiagnosticId::SyntaxError, 0, 0, "the file is longer than the limit of 4 GB");
      return false;
    }
    std::size_t valid = runtime::wellFormedPrefix(text);
    if (valid == text.size())
      return true;
    char byte[8];
    std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[valid]));
    error(DiagnosticId::InvalidText, valid, valid + 1,
          "the file is not valid UTF-8: byte " + std::string(byte) + " at offset " + std::to_string(valid));
    return false;
  }

  void statements() {
    std::size_t position =
        text.substr(0, kByteOrderMark.size()) == kByteOrderMark ? kByteOrderMark.size() : 0;
    while (true) {
      position = skipSpace(text, position);
      while (at(text, position) == ';')
        position = skipSpace(text, position + 1);
      if (position >= text.size())
        return;
      if (errors() >= kMostErrors) {
        error(DiagnosticId::SyntaxError, position, position + 1, "more errors follow, they are not shown");
        return;
      }
      if (options.hasFastPath && facts.scan(position))
        continue;
      std::size_t begin = position;
      if (!options.hasFastPath || !scanNumberList(text, position, program, diagnostics))
        position = grammarStatement(position);
      grammarBytes += position - begin;
      if (grammarBytes > options.longestText) {
        error(DiagnosticId::SyntaxError, begin, begin + 1, "the file has more than 64 MB that are not facts")
            .hint = "keep large tensors in files and read them: 'W = \"w.npy\"'";
        return;
      }
    }
  }

  /// Parses the statement at `position` by the grammar; returns where the next one begins.
  std::size_t grammarStatement(std::size_t position) {
    std::size_t errorsBefore = errors();
    TokenList tokens = reader.read(position);
    if (tokens.empty())
      return reader.end();
    // By now the closing EOF is last; END before it says how the statement ended.
    const antlr4::Token &end = *tokens[tokens.size() - 2];
    bool endsInPoint = at(text, end.getStartIndex()) == '.' && end.getStopIndex() == end.getStartIndex();
    build(std::move(tokens), errorsBefore);
    if (endsInPoint && errors() > errorsBefore)
      return std::min(text.find_first_of("\r\n", reader.end()), text.size());
    return reader.end();
  }

  void build(TokenList tokens, std::size_t errorsBefore) {
    TokenFeed feed(std::move(tokens));
    antlr4::CommonTokenStream stream(&feed);
    Grammar parser(&stream);
    parser.removeErrorListeners();
    parser.setErrorHandler(makeErrorStrategy(text, file, diagnostics));
    try {
      Grammar::UnitContext *unit = parser.unit();
      if (errors() > errorsBefore)
        return;
      ast::Statement statement = StatementBuilder(text, file, diagnostics).build(unit);
      if (errors() == errorsBefore)
        program.statements.push_back(std::move(statement));
    } catch (const antlr4::RecognitionException &) {
      // Reported by the error strategy, which gives up this way.
    }
  }

  std::string_view text;
  std::uint32_t file;
  source::DiagnosticEngine &diagnostics;
  ParseOptions options;
  std::size_t before; ///< diagnostics that were there already
  ast::Program program;
  StatementReader reader;
  FactScanner facts;
  std::size_t grammarBytes = 0;
};

} // namespace

std::optional<ast::Program> parse(const source::SourceManager &sources, std::uint32_t file,
                                  source::DiagnosticEngine &diagnostics, ParseOptions options) {
  try {
    return FileParser(sources.file(file).text(), file, diagnostics, options).parse();
  } catch (const std::exception &exception) {
    diagnostics.report(DiagnosticId::SyntaxError, {file, 0, 0},
                       std::string("the text could not be parsed: ") + exception.what());
    return std::nullopt;
  }
}

std::optional<ast::Program> parse(const source::SourceManager &sources, std::uint32_t file,
                                  source::DiagnosticEngine &diagnostics) {
  return parse(sources, file, diagnostics, ParseOptions{});
}

} // namespace tl::parse
