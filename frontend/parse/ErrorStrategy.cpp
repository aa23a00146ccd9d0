// An error strategy without guesses: one report a statement, recovery only at ends of statements.
#include "frontend/parse/ErrorStrategy.h"

#include "frontend/parse/SyntaxErrors.h"

#include <antlr4-runtime.h>

#include "TensorLogicParser.h"

namespace tl::parse {
namespace {

using Grammar = grammar::TensorLogicParser;

/// A block with more errors than this is not a block.
constexpr std::size_t kMostReports = 100;

bool isListRule(std::size_t rule) {
  return rule == Grammar::RuleList || rule == Grammar::RuleElement || rule == Grammar::RuleNumber;
}

class StatementErrorStrategy : public antlr4::DefaultErrorStrategy {
public:
  StatementErrorStrategy(std::string_view text, std::uint32_t file, source::DiagnosticEngine &diagnostics)
      : text(text), file(file), diagnostics(diagnostics) {}

  void reportError(antlr4::Parser *parser, const antlr4::RecognitionException &error) override {
    if (inErrorRecoveryMode(parser))
      return;
    beginErrorCondition(parser);
    ++reports;
    SyntaxProblem problem;
    antlr4::TokenStream *tokens = parser->getTokenStream();
    for (std::size_t index = 0; index <= error.getOffendingToken()->getTokenIndex(); ++index)
      problem.tokens.push_back(tokens->get(index));
    for (ssize_t type : error.getExpectedTokens().toList())
      problem.expected.push_back(static_cast<std::size_t>(type));
    problem.isInDomain = parser->getContext()->getRuleIndex() == Grammar::RuleDomainDeclaration;
    problem.isInList = isListRule(parser->getContext()->getRuleIndex());
    reportSyntaxError(text, file, problem, diagnostics);
  }

  void recover(antlr4::Parser *parser, std::exception_ptr error) override {
    antlr4::ParserRuleContext *context = parser->getContext();
    bool isInBlock =
        context->getRuleIndex() == Grammar::RuleStatement && context->parent &&
        static_cast<antlr4::RuleContext *>(context->parent)->getRuleIndex() == Grammar::RuleBlock;
    if (!isInBlock || reports > kMostReports)
      std::rethrow_exception(error);
    while (parser->getTokenStream()->LA(1) != Grammar::END &&
           parser->getTokenStream()->LA(1) != antlr4::Token::EOF)
      parser->consume();
    endErrorCondition(parser);
  }

  antlr4::Token *recoverInline(antlr4::Parser *parser) override {
    throw antlr4::InputMismatchException(parser);
  }

  void sync(antlr4::Parser *) override {}

private:
  std::string_view text;
  std::uint32_t file;
  source::DiagnosticEngine &diagnostics;
  std::size_t reports = 0;
};

} // namespace

std::shared_ptr<antlr4::ANTLRErrorStrategy> makeErrorStrategy(std::string_view text, std::uint32_t file,
                                                              source::DiagnosticEngine &diagnostics) {
  return std::make_shared<StatementErrorStrategy>(text, file, diagnostics);
}

} // namespace tl::parse
