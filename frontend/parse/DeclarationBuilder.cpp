// Statements that begin with a keyword.
#include "frontend/parse/StatementBuilder.h"

#include "frontend/parse/Lexical.h"

#include <antlr4-runtime.h>

#include "TensorLogicParser.h"

#include <set>

namespace tl::parse {
namespace {

using Grammar = grammar::TensorLogicParser;
using antlr4::ParserRuleContext;

} // namespace

StatementBuilder::Node StatementBuilder::domainDeclaration(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::DomainDeclarationContext *>(context);
  const antlr4::Token *name = form->NAME()->getSymbol();
  ast::DomainDeclaration domain{expressions.textOf(name), expressions.rangeOf(name), {}, "", {}};
  if (form->STRING()) {
    domain.path = expressions.quotedText(form->STRING()->getSymbol());
    domain.pathRange = expressions.rangeOf(form->STRING()->getSymbol());
  }
  std::set<std::string> seen;
  for (Grammar::SymbolContext *symbol : form->symbol()) {
    const antlr4::Token *token = symbol->start;
    std::string text = symbol->STRING() ? expressions.quotedText(token) : expressions.textOf(token);
    if (!seen.insert(text).second)
      expressions.error(expressions.rangeOf(token), "'" + text + "' stands twice in the domain");
    domain.symbols.push_back(std::move(text));
  }
  return domain;
}

ast::DeclaredAxis StatementBuilder::axis(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::AxisContext *>(context);
  ast::DeclaredAxis axis;
  axis.range = expressions.rangeOf(form);
  if (form->lower())
    axis.variable = expressions.textOf(form->lower());
  if (!form->extent())
    return axis;
  if (form->extent()->INT())
    axis.extent = expressions.integer(form->extent()->INT()->getSymbol());
  else
    axis.domain = expressions.textOf(form->extent());
  return axis;
}

StatementBuilder::Node StatementBuilder::tensorDeclaration(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::DeclaredContext *>(context);
  ast::TensorDeclaration declaration;
  ast::Head &head = declaration.head;
  bool hasParentheses = form->NAME_PAREN();
  head.nameRange = expressions.rangeOf(form->start);
  head.nameRange.end -= hasParentheses;
  head.range = head.nameRange;
  head.name = std::string(text.substr(head.nameRange.begin, head.nameRange.end - head.nameRange.begin));
  if (hasParentheses)
    head.form = ast::Head::Form::Parentheses;
  else if (form->LBRACK())
    head.form = ast::Head::Form::Brackets;
  for (Grammar::AxisContext *axis : form->axis())
    declaration.axes.push_back(this->axis(axis));
  if (form->lower())
    declaration.elementType = expressions.textOf(form->lower());
  return declaration;
}

StatementBuilder::Node StatementBuilder::paramDeclaration(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::ParamDeclarationContext *>(context);
  Node built = tensorDeclaration(form->declared());
  auto &declaration = std::get<ast::TensorDeclaration>(built);
  declaration.isParam = true;
  if (form->call())
    declaration.initializer = expressions.call(form->call());
  if (!form->ASSIGN())
    return built;
  return paramValue(std::move(declaration), form);
}

/// `param W = [..]` and `param B = 0.1`: the value gives type and size.
StatementBuilder::Node StatementBuilder::paramValue(ast::TensorDeclaration declaration,
                                                    ParserRuleContext *context) {
  auto *form = static_cast<Grammar::ParamDeclarationContext *>(context);
  if (!declaration.axes.empty() || !declaration.elementType.empty())
    expressions
        .error(expressions.rangeOf(form->declared()),
               "a parameter is given by a value or by a declaration, not by both")
        .hint = "leave out the sizes and the type: the value has them";
  if (form->list())
    return literal(std::move(declaration.head), form->list(), true);
  ast::Literal literal;
  literal.head = std::move(declaration.head);
  literal.isParam = true;
  Grammar::NumberContext *number = form->number();
  std::int64_t sign = number->MINUS() ? -1 : 1;
  if (number->INT()) {
    literal.allIntegers = true;
    literal.integers.push_back(sign * expressions.integer(number->INT()->getSymbol()));
    literal.values.push_back(static_cast<double>(literal.integers.back()));
  } else {
    literal.values.push_back(static_cast<double>(sign) * expressions.real(number->REAL()->getSymbol()));
  }
  return literal;
}

StatementBuilder::Node StatementBuilder::constDeclaration(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::ConstDeclarationContext *>(context);
  const antlr4::Token *name = form->NAME()->getSymbol();
  return ast::ConstDeclaration{expressions.textOf(name), expressions.rangeOf(name),
                               expressions.condition(form->condition())};
}

StatementBuilder::Node StatementBuilder::importStatement(ParserRuleContext *context) {
  ast::Import import;
  for (Grammar::LowerContext *part : static_cast<Grammar::ImportStatementContext *>(context)->lower())
    import.module += (import.module.empty() ? "" : ".") + expressions.textOf(part);
  return import;
}

StatementBuilder::Node StatementBuilder::externDeclaration(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::ExternDeclarationContext *>(context);
  ast::External external;
  const antlr4::Token *library = form->STRING()->getSymbol(), *name = form->FUNC_PAREN()->getSymbol();
  external.library = expressions.quotedText(library);
  external.libraryRange = expressions.rangeOf(library);
  external.name = expressions.textOf(name);
  external.name.pop_back();
  external.nameRange = expressions.rangeOf(name);
  --external.nameRange.end;
  for (Grammar::LowerContext *parameter : form->lower())
    external.parameters.push_back(expressions.textOf(parameter));
  for (Grammar::PartialContext *partial : form->partial())
    external.partials.push_back({expressions.textOf(partial->lower(0)), expressions.textOf(partial->lower(1)),
                                 expressions.rangeOf(partial->lower(0)),
                                 expressions.rangeOf(partial->lower(1))});
  return external;
}

StatementBuilder::Node StatementBuilder::learn(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::LearnContext *>(context);
  ast::Learn learn;
  learn.loss = expressions.head(form->access());
  learn.optimizer = expressions.textOf(form->optimizer()->start);
  learn.optimizerRange = expressions.rangeOf(form->optimizer()->start);
  if (form->optimizer()->FUNC_PAREN()) {
    learn.optimizer.pop_back();
    --learn.optimizerRange.end;
  }
  for (Grammar::OptionContext *option : form->optimizer()->option())
    learn.optimizerOptions.push_back(expressions.option(option));
  for (Grammar::OptionContext *option : form->option()) {
    if (expressions.textOf(option->start) == "batch")
      batch(option, learn);
    else
      learn.options.push_back(expressions.option(option));
  }
  return learn;
}

/// `batch = e: 64`.
void StatementBuilder::batch(ParserRuleContext *context, ast::Learn &learn) {
  auto *option = static_cast<Grammar::OptionContext *>(context);
  ast::ExprPtr variable = expressions.condition(option->condition());
  const auto *name = std::get_if<ast::Variable>(&variable->node);
  if (!name || !option->INT()) {
    expressions.error(expressions.rangeOf(option),
                      "a batch is written 'batch = e: 64', a variable and a size");
    return;
  }
  learn.batchVariable = name->name;
  learn.batchRange = variable->range;
  learn.batchSize = expressions.integer(option->INT()->getSymbol());
}

StatementBuilder::Node StatementBuilder::embed(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::EmbedContext *>(context);
  ast::Embed embed;
  for (Grammar::AccessContext *access : form->access())
    embed.relations.push_back(expressions.head(access));
  for (Grammar::OptionContext *option : form->option())
    embed.options.push_back(expressions.option(option));
  return embed;
}

StatementBuilder::Node StatementBuilder::definition(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::DefinitionContext *>(context);
  ast::Definition definition;
  definition.nameRange = expressions.rangeOf(form->FUNC_PAREN()->getSymbol());
  --definition.nameRange.end;
  definition.name = expressions.textOf(form->FUNC_PAREN()->getSymbol());
  definition.name.pop_back();
  for (Grammar::AccessContext *access : form->access())
    definition.parameters.push_back(expressions.head(access));
  for (Grammar::OptionContext *option : form->option())
    definition.options.push_back(expressions.option(option));
  for (Grammar::AccessContext *access : form->results()->access())
    definition.results.push_back(expressions.head(access));
  // Children are the braces, statements and ENDs; the END after a statement may be a point.
  const std::vector<antlr4::tree::ParseTree *> &children = form->block()->children;
  for (std::size_t child = 1; child + 1 < children.size(); ++child) {
    auto *inner = dynamic_cast<Grammar::StatementContext *>(children[child]);
    if (!inner)
      continue;
    definition.body.push_back(statement(inner));
    auto *end = static_cast<antlr4::tree::TerminalNode *>(children[child + 1]);
    checkEnd(end->getSymbol(), definition.body.back());
  }
  return definition;
}

} // namespace tl::parse
