// Values: numbers, functions, sums, products, comparisons, explicit reductions.
#include "frontend/sema/Expressions.h"

#include "frontend/ast/Printer.h"
#include "frontend/sema/Build.h"
#include "frontend/sema/Functions.h"

#include <algorithm>
#include <cmath>

namespace tl::sema {

using source::DiagnosticId;

namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

const char *primitive(ast::CompareOp op) {
  switch (op) {
  case ast::CompareOp::Equal:
    return "eq";
  case ast::CompareOp::NotEqual:
    return "ne";
  case ast::CompareOp::Less:
    return "lt";
  case ast::CompareOp::LessEqual:
    return "le";
  case ast::CompareOp::Greater:
    return "gt";
  case ast::CompareOp::GreaterEqual:
    return "ge";
  }
  return "eq";
}

/// One operand stands for itself, several for their sum or product.
ExprPtr nary(const char *function, std::vector<ExprPtr> operands, SourceRange range) {
  if (operands.size() == 1)
    return std::move(operands[0]);
  ExprPtr expr = makeApply(function, range);
  expr->operands = std::move(operands);
  return expr;
}

} // namespace

VariableId Scope::fresh(std::string_view name, SourceRange range) {
  auto id = static_cast<VariableId>(equation.variables.size());
  equation.variables.emplace_back();
  equation.variables.back().name = name;
  equation.variables.back().range = range;
  return id;
}

VariableId Scope::bind(std::string_view name, SourceRange range) {
  VariableId id = fresh(name, range);
  levels.back().emplace(name, id);
  return id;
}

VariableId Scope::variable(std::string_view name, SourceRange range) {
  if (name == "_")
    return fresh(name, range);
  for (auto level = levels.rbegin(); level != levels.rend(); ++level)
    if (auto found = level->find(name); found != level->end())
      return found->second;
  // Reductions add their own variables when they open a level; every other one belongs to the statement.
  VariableId id = fresh(name, range);
  levels.front().emplace(name, id);
  return id;
}

ExprPtr Expressions::value(const ast::Expr &expr) {
  return translate(expr, false);
}

ExprPtr Expressions::truth(ExprPtr value) {
  bool isTruth = isCondition(*value) || isApply(*value, "not") || isApply(*value, "and") ||
                 value->kind == Expr::Kind::Literal || value->kind == Expr::Kind::Test;
  if (isTruth)
    return value;
  SourceRange range = value->range;
  return makeApply("gt", range, std::move(value), makeInteger(0, range));
}

ExprPtr Expressions::translate(const ast::Expr &expr, bool isIndex) {
  if (const auto *number = std::get_if<ast::Number>(&expr.node))
    return number->isInteger ? makeInteger(number->integer, expr.range) : makeReal(number->value, expr.range);
  if (std::holds_alternative<ast::Variable>(expr.node))
    return makeIndexValue(*affine(expr, {}));
  if (const auto *node = std::get_if<ast::Name>(&expr.node))
    return name(*node, expr.range, isIndex);
  if (const auto *node = std::get_if<ast::Access>(&expr.node))
    return access(*node, expr.range);
  if (const auto *node = std::get_if<ast::Call>(&expr.node))
    return call(*node, expr.range, isIndex);
  if (const auto *node = std::get_if<ast::Reduction>(&expr.node))
    return reduction(*node, expr.range);
  if (const auto *node = std::get_if<ast::Product>(&expr.node))
    return product(*node, expr.range, isIndex);
  if (const auto *node = std::get_if<ast::Power>(&expr.node))
    return power(*node, expr.range, isIndex);
  if (const auto *node = std::get_if<ast::Comparison>(&expr.node))
    return compare(*node, expr.range, false);
  if (const auto *node = std::get_if<ast::Not>(&expr.node))
    return makeApply("not", expr.range, truth(translate(*node->operand, isIndex)));
  if (const auto *node = std::get_if<ast::Negation>(&expr.node)) {
    ExprPtr operand = translate(*node->operand, isIndex);
    if (operand->kind != Expr::Kind::Number)
      return makeApply("neg", expr.range, std::move(operand));
    operand->integer = -operand->integer;
    operand->number = -operand->number;
    operand->range = expr.range;
    return operand;
  }
  if (const auto *node = std::get_if<ast::Sum>(&expr.node)) {
    std::vector<ExprPtr> terms;
    for (const ast::Sum::Term &term : node->terms) {
      ExprPtr part = translate(*term.expr, isIndex);
      SourceRange range = part->range;
      terms.push_back(term.isNegative ? makeApply("neg", range, std::move(part)) : std::move(part));
    }
    return nary("add", std::move(terms), expr.range);
  }
  diagnostics.report(DiagnosticId::TypeMismatch, expr.range, "a symbol stands where a number is needed");
  return makeInteger(0, expr.range);
}

ExprPtr Expressions::name(const ast::Name &name, SourceRange range, bool isIndex) {
  const Constant *constant = names.constant(name.name);
  if (constant)
    return constant->isInteger ? makeInteger(constant->integer, range) : makeReal(constant->value, range);
  std::optional<TensorId> tensor = names.tensor(name.name);
  if (isIndex)
    if (std::optional<std::int64_t> value = names.integer(name.name))
      return makeInteger(*value, range);
  if (!tensor) {
    diagnostics.report(DiagnosticId::TypeMismatch, range,
                       quoted(name.name) + " is a symbol where a number is needed");
    return makeInteger(0, range);
  }
  bool isRelation = program.tensors[*tensor].kind == TensorKind::Relation;
  ExprPtr expr = makeExpr(isRelation ? Expr::Kind::Literal : Expr::Kind::Element, range);
  expr->tensor = *tensor;
  // A clash of arity has been reported; the right number of positions keeps later steps simple.
  expr->indices.resize(program.tensors[*tensor].axes.size());
  return expr;
}

ExprPtr Expressions::product(const ast::Product &product, SourceRange range, bool isIndex) {
  std::vector<ExprPtr> factors;
  for (const ast::Product::Factor &factor : product.factors) {
    ExprPtr part = translate(*factor.expr, isIndex);
    if (factor.op == ast::Product::Op::Multiply || factors.empty()) {
      factors.push_back(std::move(part));
      continue;
    }
    const char *function = factor.op == ast::Product::Op::Remainder ? "mod" : isIndex ? "floordiv" : "div";
    SourceRange soFar = source::join(factors.front()->range, part->range);
    ExprPtr numerator = nary("mul", std::move(factors), soFar);
    factors.clear();
    factors.push_back(makeApply(function, soFar, std::move(numerator), std::move(part)));
  }
  return nary("mul", std::move(factors), range);
}

/// A known integer in the exponent keeps the power of an integer one.
ExprPtr Expressions::power(const ast::Power &power, SourceRange range, bool isIndex) {
  ExprPtr base = translate(*power.base, isIndex);
  return makeApply("pow", range, std::move(base), valueOrInteger(*power.exponent, isIndex));
}

ExprPtr Expressions::reduction(const ast::Reduction &reduction, SourceRange range) {
  scope.open();
  std::vector<VariableId> variables;
  for (std::size_t k = 0; k < reduction.indices.size(); ++k)
    variables.push_back(scope.bind(reduction.indices[k].name, reduction.indexRanges[k]));
  ExprPtr expr = makeProject(reduction.kind, std::move(variables), translate(*reduction.body, false));
  scope.close();
  expr->range = range;
  return expr;
}

/// An operand of a comparison is one index form when it can be, so that ranges can be read off it.
ExprPtr Expressions::comparisonSide(const ast::Expr &expr, bool isGuard) {
  if (std::holds_alternative<ast::Text>(expr.node))
    return makeIndexValue(index(expr));
  std::optional<IndexExpr> form = affine(expr, {.divides = false, .readsScalars = isGuard});
  if (!form)
    return value(expr);
  return form->terms.empty() ? makeInteger(form->constant, expr.range) : makeIndexValue(std::move(*form));
}

bool Expressions::readsScalar(const ast::Expr &expr, const ast::Expr &other) const {
  const auto *name = std::get_if<ast::Name>(&expr.node);
  bool isSymbolLike = std::holds_alternative<ast::Name>(other.node) ||
                      std::holds_alternative<ast::Text>(other.node) ||
                      std::holds_alternative<ast::Variable>(other.node);
  if (!name || isSymbolLike || names.integer(name->name))
    return false;
  std::optional<TensorId> tensor = names.tensor(name->name);
  return tensor && names.isDefined(name->name) && names.arity(*tensor) == 0;
}

ExprPtr Expressions::operand(const ast::Expr &expr, const ast::Expr &other) {
  const auto *name = std::get_if<ast::Name>(&expr.node);
  if (!name)
    return comparisonSide(expr, true);
  if (std::optional<std::int64_t> value = names.integer(name->name))
    return makeInteger(*value, expr.range);
  if (names.constant(name->name) || readsScalar(expr, other))
    return value(expr);
  return makeIndexValue(index(expr));
}

ExprPtr Expressions::compare(const ast::Comparison &comparison, SourceRange range, bool isGuard) {
  ExprPtr lhs = isGuard ? operand(*comparison.lhs, *comparison.rhs) : comparisonSide(*comparison.lhs, false);
  ExprPtr rhs = isGuard ? operand(*comparison.rhs, *comparison.lhs) : comparisonSide(*comparison.rhs, false);
  // A number that stands as a symbol is reported as that.
  auto isSymbol = [&](const Expr &side) {
    return side.kind == Expr::Kind::IndexValue && side.index.kind == IndexExpr::Kind::Symbol &&
           !names.isDefined(side.index.symbol);
  };
  bool isOrder = comparison.op != ast::CompareOp::Equal && comparison.op != ast::CompareOp::NotEqual;
  if (isOrder && (isSymbol(*lhs) || isSymbol(*rhs)))
    diagnostics.report(DiagnosticId::TypeMismatch, range,
                       "symbols have no order, only '=' and '!=' compare them");
  return makeApply(primitive(comparison.op), range, std::move(lhs), std::move(rhs));
}

ExprPtr Expressions::elementwise(const ast::Call &call, SourceRange range, bool isIndex) {
  bool hasTemperature = call.function == "sig" && call.arguments.size() == 2;
  ExprPtr expr = makeApply(hasTemperature ? "sigt" : call.function, range);
  for (const ast::ExprPtr &argument : call.arguments)
    expr->operands.push_back(translate(*argument, isIndex));
  if (call.function == "where")
    expr->operands[0] = truth(std::move(expr->operands[0]));
  return expr;
}

/// A name that stands for an integer is that integer, so that it is known before data is.
ExprPtr Expressions::valueOrInteger(const ast::Expr &expr, bool isIndex) {
  const auto *name = std::get_if<ast::Name>(&expr.node);
  std::optional<std::int64_t> known = name ? names.integer(name->name) : std::nullopt;
  return known ? makeInteger(*known, expr.range) : translate(expr, isIndex);
}

/// How many elements a selection takes, where that is known before the run.
void Expressions::checkCount(const ast::Call &call, const Expr &count) {
  if (count.kind != Expr::Kind::Number || count.number == std::floor(count.number))
    return;
  const SourceRange range = call.arguments[1]->range;
  diagnostics
      .report(DiagnosticId::TypeMismatch, range,
              quoted(call.function) + " takes a whole number of elements, not " +
                  ast::printReal(count.number))
      .fix = source::Fix{range, std::to_string(static_cast<std::int64_t>(std::floor(count.number))),
                         "write a whole number"};
}

ExprPtr Expressions::normalization(const ast::Call &call, SourceRange range, double preset) {
  ExprPtr expr = makeExpr(Expr::Kind::Normalize, range);
  expr->function = call.function;
  scope.usesNormalization = true;
  if (preset != 0)
    expr->parameters.push_back(preset);
  for (const ast::NamedArgument &option : call.named) {
    ExprPtr given = value(*option.value);
    if (given->kind == Expr::Kind::Number && !expr->parameters.empty())
      expr->parameters[0] = given->number;
    else
      diagnostics.report(DiagnosticId::TypeMismatch, option.value->range,
                         quoted(option.name) + " needs a number");
  }
  expr->operands.push_back(value(*call.arguments[0]));
  if (call.arguments.size() > 1) {
    expr->operands.push_back(valueOrInteger(*call.arguments[1], false));
    checkCount(call, *expr->operands.back());
  }
  if (call.function == "sample") {
    expr->operands.push_back(makeExpr(Expr::Kind::Random, range));
    expr->operands.back()->function = "uniform";
  }
  expr->variables = scope.dotted;
  if (!scope.dotted.empty())
    return expr;
  std::optional<VariableId> last =
      scope.equation.head.empty() ? std::nullopt : scope.equation.head.back().plainVariable();
  if (!last) {
    diagnostics
        .report(DiagnosticId::DotNotAllowed, range,
                quoted(call.function) + " needs an index on the left to work along")
        .hint = "write it as in Y[i.] = " + call.function + "(X[i])";
    return expr;
  }
  expr->variables.push_back(*last);
  const std::string &name = scope.equation.variables[*last].name;
  if (scope.equation.head.size() > 1 && !diagnostics.hasErrors())
    diagnostics
        .report(DiagnosticId::AmbiguousNormalisation, range,
                quoted(call.function) + " works along the last index " + quoted(name))
        .hint = "write " + quoted(name + ".") + " on the left to say so";
  return expr;
}

ExprPtr Expressions::external(const ast::Call &call, const ExternalFunction &function, SourceRange range) {
  ExprPtr expr = makeExpr(Expr::Kind::External, range);
  expr->function = call.function;
  if (call.arguments.size() != function.parameters || !call.named.empty()) {
    diagnostics
        .report(DiagnosticId::ArgumentCount, range,
                quoted(call.function) + " takes " + std::to_string(function.parameters) +
                    (function.parameters == 1 ? " argument, not " : " arguments, not ") +
                    std::to_string(call.arguments.size() + call.named.size()))
        .labels.push_back({function.range, "declared here"});
    return makeReal(0, range);
  }
  for (const ast::ExprPtr &argument : call.arguments)
    expr->operands.push_back(value(*argument));
  return expr;
}

/// The left variables are put in when the equation is complete.
ExprPtr Expressions::random(const ast::Call &call, SourceRange range, bool isIndex) {
  ExprPtr expr = makeExpr(Expr::Kind::Random, range);
  expr->function = call.function;
  if (call.arguments.size() == 1 && call.function != "bernoulli") {
    auto &report = diagnostics.report(DiagnosticId::ArgumentCount, range,
                                      quoted(call.function) + " takes 0 or 2 arguments, not 1");
    report.hint = call.function == "uniform" ? "write uniform(0, high)" : "write normal(0, sd)";
  }
  for (const ast::ExprPtr &argument : call.arguments)
    expr->operands.push_back(translate(*argument, isIndex));
  return expr;
}

ExprPtr Expressions::call(const ast::Call &call, SourceRange range, bool isIndex) {
  if (const ExternalFunction *external = program.findExternal(call.function))
    return this->external(call, *external, range);
  const Function *function = findFunction(call.function);
  if (!function) {
    reportUnknownFunction(call.function, call.nameRange, {}, diagnostics);
    return makeInteger(0, range);
  }
  if (function->kind == Function::Kind::Unsupported) {
    diagnostics.report(DiagnosticId::NotSupportedYet, call.nameRange,
                       quoted(call.function) + " is not supported yet");
    return makeInteger(0, range);
  }
  std::size_t count = call.arguments.size();
  if (count < function->least || count > function->most) {
    std::string wanted = std::to_string(function->least);
    if (function->most != function->least)
      wanted += " or " + std::to_string(function->most);
    diagnostics.report(DiagnosticId::ArgumentCount, range,
                       quoted(call.function) + " takes " + wanted +
                           (wanted == "1" ? " argument" : " arguments") + ", not " + std::to_string(count));
    return makeInteger(0, range);
  }
  for (const ast::NamedArgument &option : call.named)
    if (option.name != function->option) {
      diagnostics.report(DiagnosticId::ArgumentCount, range,
                         quoted(call.function) + " has no option " + quoted(option.name));
      return makeInteger(0, range);
    }
  switch (function->kind) {
  case Function::Kind::Elementwise:
    return elementwise(call, range, isIndex);
  case Function::Kind::Normalizing:
  case Function::Kind::Ordered:
  case Function::Kind::Selecting:
    return normalization(call, range, function->preset);
  case Function::Kind::Matrix:
    return matrix(call, range);
  case Function::Kind::Random:
    return random(call, range, isIndex);
  case Function::Kind::Concat:
    return scope.concat(call, range);
  case Function::Kind::Size:
    break;
  case Function::Kind::Unsupported:
    return makeInteger(0, range);
  }
  const auto *variable = std::get_if<ast::Variable>(&call.arguments[0]->node);
  if (!variable) {
    diagnostics.report(DiagnosticId::TypeMismatch, range, "'size' takes an index variable");
    return makeInteger(0, range);
  }
  IndexExpr size;
  size.range = range;
  size.sizeOf = scope.variable(variable->name, call.arguments[0]->range);
  return makeIndexValue(std::move(size));
}

} // namespace tl::sema
