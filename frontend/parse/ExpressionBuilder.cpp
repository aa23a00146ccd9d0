// Chains become n-ary nodes, parentheses vanish, a minus before a number becomes part of it.
#include "frontend/parse/ExpressionBuilder.h"

#include "frontend/parse/Lexical.h"

#include <antlr4-runtime.h>

#include "TensorLogicParser.h"

#include <utility>

namespace tl::parse {
namespace {

using Grammar = grammar::TensorLogicParser;
using antlr4::ParserRuleContext;
using antlr4::Token;
using ast::ExprPtr;
using source::SourceRange;

// The grammar fixes which child is a rule and which a token, so that the casts below need no test.
ParserRuleContext *rule(ParserRuleContext *context, std::size_t child) {
  return static_cast<ParserRuleContext *>(context->children[child]);
}

const Token *token(ParserRuleContext *context, std::size_t child) {
  return static_cast<antlr4::tree::TerminalNode *>(context->children[child])->getSymbol();
}

std::size_t firstType(ParserRuleContext *context) {
  return context->start->getType();
}

ast::CompareOp compareOp(std::size_t type) {
  switch (type) {
  case Grammar::NOT_EQUAL:
    return ast::CompareOp::NotEqual;
  case Grammar::LESS:
    return ast::CompareOp::Less;
  case Grammar::LESS_EQUAL:
    return ast::CompareOp::LessEqual;
  case Grammar::GREATER:
    return ast::CompareOp::Greater;
  case Grammar::GREATER_EQUAL:
    return ast::CompareOp::GreaterEqual;
  default:
    return ast::CompareOp::Equal;
  }
}

/// `dLoss`: a change of the tensor that the word goes on with.
bool isChange(const std::string &word) {
  return word[0] == 'd' && isUpper(at(word, 1));
}

ast::Product::Op productOp(std::size_t type) {
  return type == Grammar::SLASH     ? ast::Product::Op::Divide
         : type == Grammar::PERCENT ? ast::Product::Op::Remainder
                                    : ast::Product::Op::Multiply;
}

} // namespace

class ExpressionBuilder::Nesting {
public:
  Nesting(ExpressionBuilder &builder, std::size_t levels) : builder(builder), levels(levels) {
    builder.depth += levels;
  }
  ~Nesting() { builder.depth -= levels; }

private:
  ExpressionBuilder &builder;
  std::size_t levels;
};

// --- Tokens

SourceRange ExpressionBuilder::rangeOf(const Token *token) const {
  return {file, static_cast<std::uint32_t>(token->getStartIndex()),
          static_cast<std::uint32_t>(token->getStopIndex() + 1)};
}

SourceRange ExpressionBuilder::rangeOf(const ParserRuleContext *context) const {
  return join(rangeOf(context->start), rangeOf(context->stop));
}

std::string ExpressionBuilder::textOf(const Token *token) const {
  SourceRange range = rangeOf(token);
  return std::string(text.substr(range.begin, range.end - range.begin));
}

std::string ExpressionBuilder::textOf(const ParserRuleContext *context) const {
  SourceRange range = rangeOf(context);
  return std::string(text.substr(range.begin, range.end - range.begin));
}

source::Diagnostic &ExpressionBuilder::error(SourceRange range, std::string message) {
  return diagnostics.report(source::DiagnosticId::SyntaxError, range, std::move(message));
}

std::string ExpressionBuilder::quotedText(const Token *token) {
  std::string written = textOf(token);
  auto inside = unescape(std::string_view(written).substr(1, written.size() - 2));
  if (!inside)
    error(rangeOf(token), "unknown escape in quoted text").hint =
        "known are \\\" \\\\ \\n \\r \\t; a backslash itself is '\\\\'";
  return inside.value_or("");
}

std::int64_t ExpressionBuilder::integer(const Token *token) {
  auto value = integerValue(textOf(token));
  if (!value)
    error(rangeOf(token), "an integer beyond 64 bits").hint = "a real number has a point or an exponent";
  return value.value_or(0);
}

double ExpressionBuilder::real(const Token *token) {
  auto value = realValue(textOf(token));
  if (!value)
    error(rangeOf(token), "a number beyond the range of 64-bit reals");
  return value.value_or(0);
}

bool ExpressionBuilder::isTooDeep(SourceRange range, std::size_t more) {
  if (depth + more <= kDeepestNesting)
    return false;
  if (!std::exchange(isRefused, true))
    diagnostics.report(source::DiagnosticId::NestingTooDeep, {file, range.begin, range.begin + 1},
                       "an expression is nested deeper than the limit of 1,000");
  return true;
}

ExprPtr ExpressionBuilder::make(SourceRange range, decltype(ast::Expr::node) node) {
  return std::make_unique<ast::Expr>(ast::Expr{range, std::move(node)});
}

// --- Conditions

ExprPtr ExpressionBuilder::condition(ParserRuleContext *context) {
  std::size_t negations = context->children.size() - 1;
  if (isTooDeep(rangeOf(context), negations))
    return make(rangeOf(context), ast::Number{});
  Nesting nesting(*this, negations);
  ExprPtr expr = comparison(rule(context, negations));
  for (std::size_t child = negations; child-- > 0;) {
    const SourceRange range = join(rangeOf(token(context, child)), expr->range);
    expr = make(range, ast::Not{std::move(expr)});
  }
  return expr;
}

ExprPtr ExpressionBuilder::comparison(ParserRuleContext *context) {
  ExprPtr lhs = sum(rule(context, 0));
  if (context->children.size() == 1)
    return lhs;
  const std::size_t reported = diagnostics.all().size();
  ExprPtr rhs = sum(rule(context, 2));
  const bool isJoined = diagnostics.all().size() > reported; // `a > b and c > d` has been refused there
  if (context->children.size() > 3 && !isJoined)
    error(rangeOf(rule(context, 3)), "comparisons do not chain").hint = "write 'a < b, b < c'";
  SourceRange range = join(lhs->range, rhs->range);
  return make(range, ast::Comparison{compareOp(firstType(rule(context, 1))), std::move(lhs), std::move(rhs)});
}

// --- Arithmetic

ExprPtr ExpressionBuilder::sum(ParserRuleContext *context) {
  if (context->children.size() == 1)
    return product(rule(context, 0));
  ast::Sum sum;
  for (std::size_t child = 0; child < context->children.size(); child += 2) {
    bool isNegative = child > 0 && token(context, child - 1)->getType() == Grammar::MINUS;
    sum.terms.push_back({isNegative, product(rule(context, child))});
  }
  SourceRange range = join(sum.terms.front().expr->range, sum.terms.back().expr->range);
  return make(range, std::move(sum));
}

ExprPtr ExpressionBuilder::product(ParserRuleContext *context) {
  if (context->children.size() == 1)
    return unary(rule(context, 0));
  ast::Product product;
  product.factors.push_back({ast::Product::Op::Multiply, unary(rule(context, 0))});
  for (std::size_t child = 1; child < context->children.size(); ++child) {
    ParserRuleContext *factor = rule(context, child);
    if (factor->children.size() == 1) {
      product.factors.push_back({ast::Product::Op::Multiply, power(rule(factor, 0))});
      refuseWord(*product.factors.back().expr, product.factors.end()[-2].expr->range.end);
    } else {
      product.factors.push_back({productOp(firstType(factor)), unary(rule(factor, 1))});
    }
  }
  SourceRange range = join(product.factors.front().expr->range, product.factors.back().expr->range);
  joinDerivatives(product);
  if (product.factors.size() == 1)
    return std::move(product.factors.front().expr);
  return make(range, std::move(product));
}

/// `dLoss/dB`, and `dLoss/dW[i] (X + 1)`, which looks like a reduction `dW[i](X + 1)`.
void ExpressionBuilder::joinDerivatives(ast::Product &product) {
  for (std::size_t at = 1; at < product.factors.size(); ++at) {
    ast::Product::Factor &factor = product.factors[at];
    ExprPtr *before = &product.factors[at - 1].expr;
    if (auto *negation = std::get_if<ast::Negation>(&(*before)->node))
      before = &negation->operand;
    const auto *of = std::get_if<ast::Variable>(&(*before)->node);
    if (factor.op != ast::Product::Op::Divide || !of || !isChange(of->name))
      continue;
    const SourceRange begin = (*before)->range;
    auto *by = std::get_if<ast::Variable>(&factor.expr->node);
    auto *reduction = std::get_if<ast::Reduction>(&factor.expr->node);
    if (by && isChange(by->name)) {
      *before = make(join(begin, factor.expr->range), ast::Name{of->name + "/" + by->name});
      product.factors.erase(product.factors.begin() + static_cast<std::ptrdiff_t>(at--));
    } else if (reduction && isChange(reduction->kind)) {
      ast::Access access{of->name + "/" + reduction->kind, join(begin, factor.expr->range), false, {}};
      for (std::size_t k = 0; k < reduction->indices.size(); ++k) {
        ast::Index &index = access.indices.emplace_back();
        index.range = reduction->indexRanges[k];
        index.expr = make(index.range, std::move(reduction->indices[k]));
      }
      *before = make(access.nameRange, std::move(access));
      factor = {ast::Product::Op::Multiply, std::move(reduction->body)};
    }
  }
}

/// `P(x) and Q(x)` would be a product with an index variable called `and`.
void ExpressionBuilder::refuseWord(const ast::Expr &factor, std::uint32_t begin) {
  const auto *variable = std::get_if<ast::Variable>(&factor.node);
  if (!variable)
    return;
  const std::string &word = variable->name;
  if (word == "or") {
    error(factor.range, "there is no 'or'").hint = "write one rule or equation for each alternative";
    return;
  }
  bool isCondition = word == "if" || word == "where" || word == "when";
  if (word != "and" && !isCondition)
    return;
  SourceRange range{factor.range.file, begin, factor.range.end};
  error(factor.range, isCondition ? "a condition follows ',', not '" + word + "'"
                                  : "conditions are joined by ',', not 'and'")
      .fix = source::Fix{range, ",", "write ','"};
}

ExprPtr ExpressionBuilder::unary(ParserRuleContext *context) {
  std::size_t minuses = context->children.size() - 1;
  if (isTooDeep(rangeOf(context), minuses))
    return make(rangeOf(context), ast::Number{});
  Nesting nesting(*this, minuses);
  ParserRuleContext *operand = rule(context, minuses);
  bool isLiteral = operand->children.size() == 1 &&
                   (firstType(operand) == Grammar::INT || firstType(operand) == Grammar::REAL);
  return negate(power(operand), context, isLiteral);
}

/// `a ^ b ^ c` is `a ^ (b ^ c)`, and `a ^ -b ^ c` is `a ^ (-(b ^ c))`.
ExprPtr ExpressionBuilder::power(ParserRuleContext *context) {
  std::size_t count = context->children.size();
  if (count == 1)
    return primary(rule(context, 0));
  std::size_t levels = 0;
  for (std::size_t child = 2; child < count; child += 2)
    levels += rule(context, child)->children.size();
  if (isTooDeep(rangeOf(context), levels))
    return make(rangeOf(context), ast::Number{});
  Nesting nesting(*this, levels);
  ExprPtr expr = lastExponent(rule(context, count - 1));
  for (std::size_t child = count - 1; child > 1; child -= 2) {
    ParserRuleContext *base = rule(context, child - 2);
    bool isFirst = child == 2;
    ExprPtr baseExpr = primary(isFirst ? base : rule(base, base->children.size() - 1));
    SourceRange range = join(baseExpr->range, expr->range);
    expr = make(range, ast::Power{std::move(baseExpr), std::move(expr)});
    if (!isFirst)
      expr = negate(std::move(expr), base, false);
  }
  return expr;
}

ExprPtr ExpressionBuilder::lastExponent(ParserRuleContext *context) {
  ParserRuleContext *operand = rule(context, context->children.size() - 1);
  bool isLiteral = firstType(operand) == Grammar::INT || firstType(operand) == Grammar::REAL;
  return negate(primary(operand), context, isLiteral);
}

/// Applies the minuses that begin `context`, the innermost to the number itself when the operand is one.
ExprPtr ExpressionBuilder::negate(ExprPtr operand, ParserRuleContext *context, bool isLiteral) {
  std::size_t minuses = context->children.size() - 1;
  auto widened = [&] { return join(rangeOf(token(context, minuses)), operand->range); };
  if (minuses > 0 && isLiteral) {
    auto &number = std::get<ast::Number>(operand->node);
    number.value = -number.value;
    number.integer = -number.integer;
    --minuses;
    operand->range = widened();
  }
  while (minuses > 0) {
    --minuses;
    SourceRange range = widened();
    operand = make(range, ast::Negation{std::move(operand)});
  }
  return operand;
}

// --- Operands

ExprPtr ExpressionBuilder::primary(ParserRuleContext *context) {
  SourceRange range = rangeOf(context);
  const Token *first = context->start;
  switch (first->getType()) {
  case Grammar::INT: {
    std::int64_t value = integer(first);
    return make(range, ast::Number{static_cast<double>(value), value, true});
  }
  case Grammar::REAL:
    return make(range, ast::Number{real(first), 0, false});
  case Grammar::TRUE:
    return make(range, ast::Number{1, 1, true});
  case Grammar::FALSE:
    return make(range, ast::Number{0, 0, true});
  case Grammar::STRING:
    return make(range, ast::Text{quotedText(first)});
  case Grammar::WILDCARD:
    return make(range, ast::Variable{"_"});
  case Grammar::NAME:
  case Grammar::NAME_PAREN:
    return access(rule(context, 0));
  case Grammar::FUNC_PAREN:
    return call(rule(context, 0));
  case Grammar::LPAREN:
    return parenthesised(context);
  default: {
    ParserRuleContext *operand = rule(context, 0);
    return operand->getRuleIndex() == Grammar::RuleDerivative ? derivative(operand) : reduction(operand);
  }
  }
}

ExprPtr ExpressionBuilder::parenthesised(ParserRuleContext *context) {
  if (isTooDeep(rangeOf(context), 1))
    return make(rangeOf(context), ast::Number{});
  Nesting nesting(*this, 1);
  ExprPtr expr = condition(rule(context, 1));
  expr->range = rangeOf(context);
  return expr;
}

ExprPtr ExpressionBuilder::reduction(ParserRuleContext *context) {
  SourceRange range = rangeOf(context);
  if (context->children.size() == 1)
    return make(range, ast::Variable{textOf(context)});
  if (isTooDeep(range, 1))
    return make(range, ast::Number{});
  Nesting nesting(*this, 1);
  ast::Reduction reduction;
  reduction.kind = textOf(rule(context, 0));
  std::size_t body = context->children.size() - 2;
  for (std::size_t child = 2; child + 2 < body; child += 2) {
    reduction.indices.push_back({textOf(rule(context, child))});
    reduction.indexRanges.push_back(rangeOf(rule(context, child)));
  }
  reduction.body = condition(rule(context, body));
  return make(range, std::move(reduction));
}

ExprPtr ExpressionBuilder::call(ParserRuleContext *context) {
  SourceRange range = rangeOf(context);
  if (isTooDeep(range, 1))
    return make(range, ast::Number{});
  Nesting nesting(*this, 1);
  ast::Call call;
  call.nameRange = rangeOf(context->start);
  --call.nameRange.end;
  call.function = textOf(context->start);
  call.function.pop_back();
  bool isNamed = false;
  // name( argument , argument ; option , option ): after the name and after each separator comes one rule.
  for (std::size_t child = 1; child + 1 < context->children.size(); ++child) {
    auto *node = dynamic_cast<ParserRuleContext *>(context->children[child]);
    if (!node)
      isNamed |= token(context, child)->getType() == Grammar::SEMI;
    else if (isNamed)
      call.named.push_back(option(node));
    else
      call.arguments.push_back(condition(node));
  }
  return make(range, std::move(call));
}

ast::NamedArgument ExpressionBuilder::option(ParserRuleContext *context) {
  auto *option = static_cast<Grammar::OptionContext *>(context);
  if (option->COLON())
    error(rangeOf(option->COLON()->getSymbol()), "only 'batch' of a 'learn' statement has a size after ':'");
  std::string name = option->NAME() ? textOf(option->NAME()->getSymbol()) : textOf(option->lower());
  return {std::move(name), condition(option->condition()), rangeOf(option->start)};
}

ast::Head ExpressionBuilder::head(ParserRuleContext *access) {
  ast::Head head;
  head.range = rangeOf(access);
  head.nameRange = rangeOf(access->start);
  std::size_t first = 2;
  if (firstType(access) == Grammar::NAME_PAREN) {
    head.form = ast::Head::Form::Parentheses;
    --head.nameRange.end;
    first = 1;
  } else if (access->children.size() > 1) {
    head.form = ast::Head::Form::Brackets;
  }
  head.name = std::string(text.substr(head.nameRange.begin, head.nameRange.end - head.nameRange.begin));
  if (isTooDeep(head.range, 1))
    return head;
  Nesting nesting(*this, 1);
  for (std::size_t child = first; child + 1 < access->children.size(); child += 2)
    head.indices.push_back(index(rule(access, child)));
  return head;
}

ExprPtr ExpressionBuilder::access(ParserRuleContext *context) {
  ast::Head head = this->head(context);
  if (head.form == ast::Head::Form::Bare)
    return make(head.range, ast::Name{std::move(head.name)});
  bool hasParentheses = head.form == ast::Head::Form::Parentheses;
  return make(head.range,
              ast::Access{std::move(head.name), head.nameRange, hasParentheses, std::move(head.indices)});
}

/// The access of a tensor called `dLoss/dW`.
ExprPtr ExpressionBuilder::derivative(ParserRuleContext *context) {
  auto *form = static_cast<Grammar::DerivativeContext *>(context);
  ast::Head by = head(form->derivedBy());
  const std::string of = textOf(form->LOWER()->getSymbol());
  const SourceRange range = rangeOf(context);
  for (const auto &[word, place] :
       {std::pair(of, form->LOWER()->getSymbol()), std::pair(by.name, form->derivedBy()->start)})
    if (!isChange(word)) {
      error(rangeOf(place), word == by.name
                                ? "'" + word + "' has indices in brackets but is no tensor and no reduction"
                                : "a derivative is written 'dLoss/dW', with 'd' before the name of a tensor")
          .hint = "tensors start upper-case, functions take their arguments in parentheses";
      break;
    }
  return make(range, ast::Access{of + "/" + by.name, join(rangeOf(form->LOWER()->getSymbol()), by.nameRange),
                                 false, std::move(by.indices)});
}

// --- Indices

ast::Index ExpressionBuilder::index(ParserRuleContext *context) {
  ast::Index index;
  index.range = rangeOf(context);
  std::size_t first = firstType(context);
  if (first == Grammar::ELLIPSIS) {
    index.form = ast::Index::Form::Group;
    return index;
  }
  if (first == Grammar::COLON || first == Grammar::COLONCOLON) {
    slice(rule(context, 0), index);
    return index;
  }
  index.isVirtual = first == Grammar::STAR;
  std::size_t child = index.isVirtual ? 1 : 0;
  index.expr = sum(rule(context, child));
  if (child + 1 == context->children.size())
    return index;
  if (context->stop->getType() == Grammar::DOT) {
    index.isDotted = true;
    return index;
  }
  index.begin = std::move(index.expr);
  slice(rule(context, child + 1), index);
  if (index.isVirtual)
    error(index.range, "a slice cannot be a virtual index");
  return index;
}

/// What follows the beginning of a slice; `::3` leaves the end out.
void ExpressionBuilder::slice(ParserRuleContext *context, ast::Index &index) {
  index.form = ast::Index::Form::Slice;
  bool isStep = firstType(context) == Grammar::COLONCOLON;
  for (std::size_t child = 1; child < context->children.size(); ++child) {
    auto *node = dynamic_cast<ParserRuleContext *>(context->children[child]);
    if (!node)
      isStep = true;
    else
      (isStep ? index.step : index.end) = sum(node);
  }
}

} // namespace tl::parse
