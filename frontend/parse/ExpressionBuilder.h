// Expressions, heads and options: from the parse tree to the syntax tree.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

#include <cstdint>
#include <string_view>

namespace antlr4 {
class ParserRuleContext;
class Token;
} // namespace antlr4

namespace tl::parse {

/// Builds from parse trees without errors; what the grammar cannot say (sizes of numbers, escapes, chains) is
/// reported here. Arguments are contexts of the rules that the functions are named after.
class ExpressionBuilder {
public:
  ExpressionBuilder(std::string_view text, std::uint32_t file, source::DiagnosticEngine &diagnostics)
      : text(text), file(file), diagnostics(diagnostics) {}

  ast::ExprPtr condition(antlr4::ParserRuleContext *context);
  ast::ExprPtr call(antlr4::ParserRuleContext *context);
  ast::Head head(antlr4::ParserRuleContext *access);
  ast::NamedArgument option(antlr4::ParserRuleContext *context);

  source::SourceRange rangeOf(const antlr4::Token *token) const;
  source::SourceRange rangeOf(const antlr4::ParserRuleContext *context) const;
  std::string textOf(const antlr4::Token *token) const;
  std::string textOf(const antlr4::ParserRuleContext *context) const;
  /// The inside of a STRING token, escapes resolved.
  std::string quotedText(const antlr4::Token *token);
  std::int64_t integer(const antlr4::Token *token);
  double real(const antlr4::Token *token);
  source::Diagnostic &error(source::SourceRange range, std::string message);

private:
  /// Counts what the node being built is inside of, for the time of a scope.
  class Nesting;

  ast::ExprPtr make(source::SourceRange range, decltype(ast::Expr::node) node);
  ast::ExprPtr sum(antlr4::ParserRuleContext *context);
  ast::ExprPtr product(antlr4::ParserRuleContext *context);
  void joinDerivatives(ast::Product &product);
  void refuseWord(const ast::Expr &factor, std::uint32_t begin);
  ast::ExprPtr unary(antlr4::ParserRuleContext *context);
  ast::ExprPtr power(antlr4::ParserRuleContext *context);
  ast::ExprPtr lastExponent(antlr4::ParserRuleContext *context);
  ast::ExprPtr negate(ast::ExprPtr operand, antlr4::ParserRuleContext *context, bool isLiteral);
  ast::ExprPtr primary(antlr4::ParserRuleContext *context);
  ast::ExprPtr comparison(antlr4::ParserRuleContext *context);
  ast::ExprPtr parenthesised(antlr4::ParserRuleContext *context);
  ast::ExprPtr reduction(antlr4::ParserRuleContext *context);
  ast::ExprPtr access(antlr4::ParserRuleContext *context);
  ast::ExprPtr derivative(antlr4::ParserRuleContext *context);
  ast::Index index(antlr4::ParserRuleContext *context);
  void slice(antlr4::ParserRuleContext *context, ast::Index &index);
  bool isTooDeep(source::SourceRange range, std::size_t more);

  std::string_view text;
  std::uint32_t file;
  source::DiagnosticEngine &diagnostics;
  std::size_t depth = 0;
  bool isRefused = false; ///< too deep nesting has been reported
};

} // namespace tl::parse
