// Facts, queries, rules, equations and literals, and what ends a statement; declarations are next door.
#include "frontend/parse/StatementBuilder.h"

#include "frontend/ast/Walk.h"
#include "frontend/parse/Lexical.h"
#include "frontend/parse/NumberList.h"

#include <algorithm>
#include <antlr4-runtime.h>

#include "TensorLogicParser.h"

#include <utility>

namespace tl::parse {
namespace {

using Grammar = grammar::TensorLogicParser;
using antlr4::ParserRuleContext;
using source::SourceRange;

ast::AssignOp assignOp(std::size_t type) {
  switch (type) {
  case Grammar::ADD_ASSIGN:
    return ast::AssignOp::Add;
  case Grammar::MAX_ASSIGN:
    return ast::AssignOp::Max;
  case Grammar::MIN_ASSIGN:
    return ast::AssignOp::Min;
  case Grammar::AVG_ASSIGN:
    return ast::AssignOp::Average;
  case Grammar::MUL_ASSIGN:
    return ast::AssignOp::Multiply;
  default:
    return ast::AssignOp::Assign;
  }
}

/// The first variable in an index, if any: what keeps an atom from being a fact.
const ast::Expr *findVariable(const ast::Expr &expr) {
  if (std::holds_alternative<ast::Variable>(expr.node))
    return &expr;
  if (const auto *sum = std::get_if<ast::Sum>(&expr.node))
    for (const ast::Sum::Term &term : sum->terms)
      if (const ast::Expr *found = findVariable(*term.expr))
        return found;
  if (const auto *product = std::get_if<ast::Product>(&expr.node))
    for (const ast::Product::Factor &factor : product->factors)
      if (const ast::Expr *found = findVariable(*factor.expr))
        return found;
  return nullptr;
}

/// Lists nest no deeper than brackets may.
void collect(Grammar::ListContext *list, NumberList &numbers, ExpressionBuilder &expressions) {
  numbers.open(expressions.rangeOf(list->start));
  for (Grammar::ElementContext *element : list->element()) {
    SourceRange range = expressions.rangeOf(element);
    if (Grammar::ListContext *inner = element->list()) {
      collect(inner, numbers, expressions);
      continue;
    }
    Grammar::NumberContext *number = element->number();
    std::int64_t sign = number && number->MINUS() ? -1 : 1;
    if (!number)
      numbers.integer(element->TRUE() ? 1 : 0, range);
    else if (number->INT())
      numbers.integer(sign * expressions.integer(number->INT()->getSymbol()), range);
    else
      numbers.real(static_cast<double>(sign) * expressions.real(number->REAL()->getSymbol()), range);
  }
  numbers.close(expressions.rangeOf(list));
}

} // namespace

ast::Statement StatementBuilder::build(ParserRuleContext *unit) {
  auto *context = static_cast<Grammar::UnitContext *>(unit);
  ast::Statement built;
  if (context->definition())
    built = {expressions.rangeOf(context->definition()), definition(context->definition())};
  else
    built = statement(context->statement());
  checkEnd(context->END()->getSymbol(), built);
  return built;
}

ast::Statement StatementBuilder::statement(ParserRuleContext *context) {
  auto *form = static_cast<ParserRuleContext *>(context->children.front());
  auto build = [&]() -> Node {
    switch (form->getRuleIndex()) {
    case Grammar::RuleHeaded:
      return headed(form);
    case Grammar::RuleMultiAssign:
      return multiAssign(form);
    case Grammar::RuleWrite:
      return write(form);
    case Grammar::RuleProbabilisticFact:
      return probabilisticFact(form);
    case Grammar::RuleDerivativeQuery:
      return derivativeQuery(form);
    case Grammar::RuleDomainDeclaration:
      return domainDeclaration(form);
    case Grammar::RuleTensorDeclaration:
      return tensorDeclaration(static_cast<Grammar::TensorDeclarationContext *>(form)->declared());
    case Grammar::RuleParamDeclaration:
      return paramDeclaration(form);
    case Grammar::RuleConstDeclaration:
      return constDeclaration(form);
    case Grammar::RuleImportStatement:
      return importStatement(form);
    case Grammar::RuleExternDeclaration:
      return externDeclaration(form);
    case Grammar::RuleLearn:
      return learn(form);
    default:
      return embed(form);
    }
  };
  return {expressions.rangeOf(form), build()};
}

void StatementBuilder::checkEnd(const antlr4::Token *end, const ast::Statement &statement) {
  if (expressions.textOf(end) != "." || std::holds_alternative<ast::Fact>(statement.node) ||
      std::holds_alternative<ast::Rule>(statement.node))
    return;
  auto &diagnostic = expressions.error(expressions.rangeOf(end), "'.' ends facts and rules only");
  if (statement.range.end == end->getStartIndex() && isDigit(at(text, statement.range.end - 1)))
    diagnostic.hint = "a number needs a digit after its point";
  else if (isNameByte(at(text, end->getStopIndex() + 1)))
    diagnostic.hint = "a file is named in quotes, as in \"x.npy\"";
  else
    diagnostic.fix = source::Fix{expressions.rangeOf(end), "", "leave the '.' out"};
}

// --- What begins with an access

StatementBuilder::Node StatementBuilder::headed(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::HeadedContext *>(context);
  ast::Head head = expressions.head(form->access(0));
  if (form->QUESTION())
    return query(std::move(head));
  if (form->COLONCOLON())
    return probableFact(std::move(head), expressions.head(form->access(1)));
  refuseDeclaredIndices(head);
  if (form->ARROW())
    return ast::Rule{std::move(head), conditions(form->conditions())};
  if (!form->assignOp())
    return fact(std::move(head));
  ast::AssignOp op = assignOp(form->assignOp()->start->getType());
  if (!form->list())
    return equation(std::move(head), op, form->conditions());
  if (op != ast::AssignOp::Assign && op != ast::AssignOp::Add)
    expressions.error(expressions.rangeOf(form->assignOp()), "a list is given with '='");
  return literal(std::move(head), form->list(), false);
}

/// `W[c: Colour] = 1` is no slice: no variable bounds a slice on the left, and a declaration is what is
/// meant.
void StatementBuilder::refuseDeclaredIndices(const ast::Head &head) {
  std::string plain;
  std::uint32_t copied = head.range.begin;
  const ast::Index *first = nullptr;
  for (const ast::Index &index : head.indices) {
    if (!index.begin || !std::holds_alternative<ast::Variable>(index.begin->node))
      continue;
    first = first ? first : &index;
    plain += text.substr(copied, index.begin->range.end - copied);
    copied = index.range.end;
  }
  if (!first)
    return;
  plain += text.substr(copied, head.range.end - copied);
  const std::string declared(text.substr(head.range.begin, head.range.end - head.range.begin));
  expressions.error(first->range, "what an index is over is declared in a statement of its own").fix =
      source::Fix{head.range, "tensor " + declared + "; " + plain, "declare it before"};
}

std::vector<ast::ExprPtr> StatementBuilder::conditions(ParserRuleContext *context) {
  std::vector<ast::ExprPtr> built;
  for (std::size_t child = 0; child < context->children.size(); child += 2)
    built.push_back(expressions.condition(static_cast<ParserRuleContext *>(context->children[child])));
  return built;
}

/// `Parent(Ann Bob)`: a product of symbols is a comma that is missing.
void StatementBuilder::refuseJuxtaposed(const ast::Index &index) {
  const auto *product = index.expr ? std::get_if<ast::Product>(&index.expr->node) : nullptr;
  if (!product)
    return;
  auto isSymbol = [](const ast::ExprPtr &expr) {
    return std::holds_alternative<ast::Name>(expr->node) || std::holds_alternative<ast::Text>(expr->node);
  };
  const ast::ExprPtr &first = product->factors[0].expr, &second = product->factors[1].expr;
  if (!isSymbol(first) || !isSymbol(second) || product->factors[1].op != ast::Product::Op::Multiply)
    return;
  SourceRange gap{first->range.file, first->range.end, second->range.begin};
  if (at(text, skipSpace(text, gap.begin)) == '*')
    return; // `P(K*K)` is meant as it stands
  expressions.error(second->range, "expected ',' between the positions of a fact").fix =
      source::Fix{gap, ", ", "write ','"};
}

StatementBuilder::Node StatementBuilder::fact(ast::Head head) {
  if (head.form != ast::Head::Form::Parentheses) {
    SourceRange end{head.range.file, head.range.end, head.range.end};
    expressions
        .error(end, "expected '=', '<-' or '?' after '" +
                        std::string(text.substr(head.range.begin, head.range.end - head.range.begin)) + "'")
        .hint = "a fact has parentheses, a query ends in '?'";
    return ast::Fact{std::move(head), std::nullopt, std::nullopt};
  }
  for (const ast::Index &index : head.indices) {
    const ast::Expr *variable = index.expr ? findVariable(*index.expr) : nullptr;
    if (!variable) {
      refuseJuxtaposed(index);
      continue;
    }
    std::string name = std::get<ast::Variable>(variable->node).name;
    expressions.error(variable->range, "a fact has no variables, but '" + name + "' is one").hint =
        "a symbol starts upper-case or is quoted, a query ends in '?'";
    break;
  }
  return ast::Fact{std::move(head), std::nullopt, std::nullopt};
}

StatementBuilder::Node StatementBuilder::query(ast::Head head) {
  std::string shown = withoutBlanks(text.substr(head.range.begin, head.range.end - head.range.begin));
  return ast::Query{std::move(head), "", {}, std::move(shown)};
}

StatementBuilder::Node StatementBuilder::equation(ast::Head head, ast::AssignOp op,
                                                  ParserRuleContext *context) {
  std::vector<ast::ExprPtr> parts = conditions(context);
  if (std::holds_alternative<ast::Text>(parts.front()->node))
    return read(std::move(head), op, std::move(parts));
  ast::Equation equation{std::move(head), op, std::move(parts.front()), {}};
  equation.guards.assign(std::make_move_iterator(parts.begin() + 1), std::make_move_iterator(parts.end()));
  return equation;
}

/// A quoted text alone on the right names a file; what follows are its options.
StatementBuilder::Node StatementBuilder::read(ast::Head head, ast::AssignOp op,
                                              std::vector<ast::ExprPtr> parts) {
  ast::Read read{
      std::move(head), op, std::get<ast::Text>(parts.front()->node).text, parts.front()->range, {}};
  for (std::size_t n = 1; n < parts.size(); ++n) {
    auto *option = std::get_if<ast::Comparison>(&parts[n]->node);
    const auto *name = option ? std::get_if<ast::Variable>(&option->lhs->node) : nullptr;
    if (!name || option->op != ast::CompareOp::Equal) {
      expressions.error(parts[n]->range, "expected an option of the file, as in 'header = true'");
      continue;
    }
    read.options.push_back({name->name, std::move(option->rhs)});
  }
  return read;
}

StatementBuilder::Node StatementBuilder::literal(ast::Head head, ParserRuleContext *list, bool isParam) {
  NumberList numbers;
  collect(static_cast<Grammar::ListContext *>(list), numbers, expressions);
  ast::Literal literal;
  literal.head = std::move(head);
  literal.isParam = isParam;
  numbers.finish(literal, diagnostics);
  return literal;
}

// --- Other statements without a keyword

StatementBuilder::Node StatementBuilder::multiAssign(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::MultiAssignContext *>(context);
  ast::MultiAssign assign;
  for (Grammar::AccessContext *access : form->access())
    assign.heads.push_back(expressions.head(access));
  assign.value = expressions.condition(form->condition());
  if (!std::holds_alternative<ast::Call>(assign.value->node))
    expressions.error(assign.value->range, "several results come from a call only");
  return assign;
}

StatementBuilder::Node StatementBuilder::write(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::WriteContext *>(context);
  const antlr4::Token *path = form->STRING()->getSymbol();
  return ast::Write{expressions.quotedText(path), expressions.rangeOf(path),
                    expressions.head(form->access())};
}

StatementBuilder::Node StatementBuilder::probabilisticFact(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::ProbabilisticFactContext *>(context);
  Node built = fact(expressions.head(form->access()));
  double probability = expressions.real(form->start);
  if (probability > 1)
    expressions.error(expressions.rangeOf(form->start), "a probability is at most 1");
  std::get<ast::Fact>(built).probability = probability;
  return built;
}

namespace {

bool hasVariables(const ast::Head &head) {
  return std::any_of(head.indices.begin(), head.indices.end(), ast::variableOf);
}

} // namespace

/// `P[x,y] :: Edge(x, y)`: one fact for each element.
StatementBuilder::Node StatementBuilder::factOfEach(ast::Head chance, ast::Head head) {
  for (const ast::Index &argument : head.indices) {
    const std::string *variable = ast::variableOf(argument);
    const bool isBound =
        variable && std::any_of(chance.indices.begin(), chance.indices.end(), [&](const ast::Index &index) {
          const std::string *place = ast::variableOf(index);
          return place && *place == *variable;
        });
    if (!isBound)
      expressions
          .error(argument.range, "an argument of facts with the probabilities of '" + chance.name +
                                     "' is one of the indices of '" + chance.name + "'")
          .hint = "as in P[x,y] :: Edge(x, y)";
  }
  return ast::Fact{std::move(head), std::nullopt, std::move(chance)};
}

StatementBuilder::Node StatementBuilder::probableFact(ast::Head chance, ast::Head head) {
  for (ast::Index &index : chance.indices)
    if (index.form != ast::Index::Form::Plain || index.isDotted || index.isVirtual) {
      expressions.error(index.range,
                        "the place of a probability is a number, a symbol or a variable of the fact");
      return fact(std::move(head));
    }
  if (chance.form == ast::Head::Form::Brackets && head.form == ast::Head::Form::Parentheses &&
      hasVariables(chance))
    return factOfEach(std::move(chance), std::move(head));
  Node built = fact(std::move(head));
  if (chance.form == ast::Head::Form::Parentheses)
    expressions.error(chance.range,
                      "a probability is a number or an element of a tensor, as in 'W[0] :: Edge(A, B)'");
  std::get<ast::Fact>(built).chance = std::move(chance);
  return built;
}

/// `dLoss/dW[i]?`: both names are a 'd' before the name of a tensor.
StatementBuilder::Node StatementBuilder::derivativeQuery(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::DerivativeQueryContext *>(context);
  auto nameAfterD = [&](const antlr4::Token *token, std::string &name, source::SourceRange &range) {
    std::string word = expressions.textOf(token);
    if (word[0] != 'd' || !isUpper(at(word, 1)))
      expressions.error(expressions.rangeOf(token),
                        "a derivative is written 'dLoss/dW?', with 'd' before the name of a tensor");
    name = word.substr(1);
    range = expressions.rangeOf(token);
    ++range.begin;
  };
  ast::Head head = expressions.head(form->derivedBy());
  nameAfterD(form->derivedBy()->start, head.name, head.nameRange);
  head.range.begin = head.nameRange.begin;
  Node built = query(std::move(head));
  auto &query = std::get<ast::Query>(built);
  nameAfterD(form->LOWER()->getSymbol(), query.derived, query.derivedRange);
  query.text = "d" + query.derived + "/d" + query.text;
  return built;
}

} // namespace tl::parse
