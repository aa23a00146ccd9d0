// Statements: from the parse tree to the syntax tree.
#pragma once

#include "frontend/parse/ExpressionBuilder.h"

namespace tl::parse {

/// Builds the statements of one unit of the grammar; lives as long as that.
class StatementBuilder {
public:
  StatementBuilder(std::string_view text, std::uint32_t file, source::DiagnosticEngine &diagnostics)
      : text(text), diagnostics(diagnostics), expressions(text, file, diagnostics) {}

  /// `unit` is a context of that rule, without errors. Reports what is wrong beyond the grammar.
  ast::Statement build(antlr4::ParserRuleContext *unit);

private:
  using Node = decltype(ast::Statement::node);

  ast::Statement statement(antlr4::ParserRuleContext *context);
  Node headed(antlr4::ParserRuleContext *context);
  void refuseDeclaredIndices(const ast::Head &head);
  void refuseJuxtaposed(const ast::Index &index);
  Node fact(ast::Head head);
  Node query(ast::Head head);
  Node equation(ast::Head head, ast::AssignOp op, antlr4::ParserRuleContext *conditions);
  Node read(ast::Head head, ast::AssignOp op, std::vector<ast::ExprPtr> conditions);
  Node literal(ast::Head head, antlr4::ParserRuleContext *list, bool isParam);
  Node multiAssign(antlr4::ParserRuleContext *context);
  Node write(antlr4::ParserRuleContext *context);
  Node probabilisticFact(antlr4::ParserRuleContext *context);
  Node probableFact(ast::Head chance, ast::Head head);
  Node factOfEach(ast::Head chance, ast::Head head);
  Node derivativeQuery(antlr4::ParserRuleContext *context);
  Node domainDeclaration(antlr4::ParserRuleContext *context);
  Node tensorDeclaration(antlr4::ParserRuleContext *declared);
  Node paramDeclaration(antlr4::ParserRuleContext *context);
  Node paramValue(ast::TensorDeclaration declaration, antlr4::ParserRuleContext *context);
  Node constDeclaration(antlr4::ParserRuleContext *context);
  Node importStatement(antlr4::ParserRuleContext *context);
  Node learn(antlr4::ParserRuleContext *context);
  Node externDeclaration(antlr4::ParserRuleContext *context);
  Node embed(antlr4::ParserRuleContext *context);
  Node definition(antlr4::ParserRuleContext *context);

  ast::DeclaredAxis axis(antlr4::ParserRuleContext *context);
  void batch(antlr4::ParserRuleContext *option, ast::Learn &learn);
  void checkEnd(const antlr4::Token *end, const ast::Statement &statement);
  std::vector<ast::ExprPtr> conditions(antlr4::ParserRuleContext *context);

  std::string_view text;
  source::DiagnosticEngine &diagnostics;
  ExpressionBuilder expressions;
};

} // namespace tl::parse
