// Values of constants, and the names that are integers in an index position.
#include "frontend/sema/Names.h"

#include <cmath>

namespace tl::sema {
namespace {

using Table = std::map<std::string, Constant, std::less<>>;

Constant real(double value) {
  return {value, 0, false, {}};
}
Constant whole(std::int64_t value) {
  return {static_cast<double>(value), value, true, {}};
}

std::optional<Constant> sum(const ast::Sum &node, const Table &table, bool isIndex) {
  Constant total = whole(0);
  for (const ast::Sum::Term &term : node.terms) {
    std::optional<Constant> value = evaluateConstant(*term.expr, table, isIndex);
    if (!value)
      return std::nullopt;
    std::int64_t integer = 0;
    bool fits = total.isInteger && value->isInteger &&
                !(term.isNegative ? __builtin_sub_overflow(total.integer, value->integer, &integer)
                                  : __builtin_add_overflow(total.integer, value->integer, &integer));
    double exact = term.isNegative ? total.value - value->value : total.value + value->value;
    total = fits ? whole(integer) : real(exact);
  }
  return total;
}

/// `lhs op rhs`. A quotient of integers that is whole stays an integer, so that `const H = D / 2` can be an
/// extent.
std::optional<Constant> combine(const Constant &lhs, ast::Product::Op op, const Constant &rhs, bool isIndex) {
  bool integers = lhs.isInteger && rhs.isInteger;
  std::int64_t integer = 0;
  switch (op) {
  case ast::Product::Op::Multiply:
    if (integers && !__builtin_mul_overflow(lhs.integer, rhs.integer, &integer))
      return whole(integer);
    return real(lhs.value * rhs.value);
  case ast::Product::Op::Divide:
    if (isIndex && (!integers || rhs.integer <= 0))
      return std::nullopt;
    if (isIndex)
      return whole((lhs.integer - (lhs.integer % rhs.integer + rhs.integer) % rhs.integer) / rhs.integer);
    if (integers && rhs.integer > 0 && lhs.integer % rhs.integer == 0)
      return whole(lhs.integer / rhs.integer);
    return real(lhs.value / rhs.value);
  case ast::Product::Op::Remainder:
    if (!integers || rhs.integer <= 0)
      return std::nullopt;
    return whole((lhs.integer % rhs.integer + rhs.integer) % rhs.integer);
  }
  return std::nullopt;
}

std::optional<Constant> product(const ast::Product &node, const Table &table, bool isIndex) {
  std::optional<Constant> total;
  for (const ast::Product::Factor &factor : node.factors) {
    std::optional<Constant> value = evaluateConstant(*factor.expr, table, isIndex);
    total = !value ? std::nullopt : !total ? value : combine(*total, factor.op, *value, isIndex);
    if (!total)
      return std::nullopt;
  }
  return total;
}

std::optional<Constant> power(const ast::Power &node, const Table &table, bool isIndex) {
  std::optional<Constant> base = evaluateConstant(*node.base, table, isIndex);
  std::optional<Constant> exponent = evaluateConstant(*node.exponent, table, isIndex);
  if (!base || !exponent)
    return std::nullopt;
  double value = std::pow(base->value, exponent->value);
  bool isWhole = base->isInteger && exponent->isInteger && exponent->integer >= 0 && std::abs(value) < 0x1p53;
  return isWhole ? whole(static_cast<std::int64_t>(value)) : real(value);
}

} // namespace

std::optional<Constant> evaluateConstant(const ast::Expr &expr, const Table &constants, bool isIndex) {
  if (const auto *number = std::get_if<ast::Number>(&expr.node))
    return number->isInteger ? whole(number->integer) : real(number->value);
  if (const auto *name = std::get_if<ast::Name>(&expr.node)) {
    auto found = constants.find(name->name);
    return found == constants.end() ? std::nullopt : std::optional(found->second);
  }
  if (const auto *negation = std::get_if<ast::Negation>(&expr.node)) {
    std::optional<Constant> value = evaluateConstant(*negation->operand, constants, isIndex);
    return value ? combine(*value, ast::Product::Op::Multiply, whole(-1), isIndex) : std::nullopt;
  }
  if (const auto *node = std::get_if<ast::Sum>(&expr.node))
    return sum(*node, constants, isIndex);
  if (const auto *node = std::get_if<ast::Product>(&expr.node))
    return product(*node, constants, isIndex);
  if (const auto *node = std::get_if<ast::Power>(&expr.node))
    return power(*node, constants, isIndex);
  return std::nullopt;
}

std::optional<Constant> Names::constantValue(const ast::Expr &expr) const {
  return evaluateConstant(expr, constants, false);
}

Table indexConstants(const TypedProgram &program) {
  Table table;
  for (const auto &[name, value] : program.integerNames)
    table.emplace(name, whole(value));
  return table;
}

/// Constants may use each other in any order: rounds until nothing new has a value.
void Names::declareConstants() {
  for (const auto &[name, value] : options.constants) {
    bool isWhole = std::trunc(value) == value && std::abs(value) < 0x1p53;
    constants[name] = isWhole ? whole(static_cast<std::int64_t>(value)) : real(value);
  }
  std::vector<const ast::ConstDeclaration *> waiting;
  for (const ast::Statement &statement : ast.statements) {
    const auto *constant = std::get_if<ast::ConstDeclaration>(&statement.node);
    if (!constant)
      continue;
    auto [known, isNew] = declared.emplace(constant->name, constant->nameRange);
    if (!isNew)
      diagnostics
          .report(source::DiagnosticId::DuplicateDeclaration, constant->nameRange,
                  "'" + constant->name + "' is declared twice")
          .labels.push_back({known->second, "first declared here"});
    else if (!constants.count(constant->name))
      waiting.push_back(constant);
    else
      constants[constant->name].range = constant->nameRange;
  }
  for (bool progress = true; progress;) {
    progress = false;
    for (const ast::ConstDeclaration *&constant : waiting) {
      std::optional<Constant> value = constant ? evaluateConstant(*constant->value, constants) : std::nullopt;
      if (!value)
        continue;
      value->range = constant->nameRange;
      constants[constant->name] = *value;
      constant = nullptr;
      progress = true;
    }
  }
  for (const ast::ConstDeclaration *constant : waiting)
    if (constant) {
      diagnostics.report(source::DiagnosticId::UnknownName, constant->value->range,
                         "'" + constant->name + "' needs numbers and other constants only");
      constants[constant->name] = {0, 0, true, constant->nameRange};
    }
}

/// A scalar whose only equation is an integer literal counts as an integer where indices stand.
void Names::addIntegerScalars() {
  for (const auto &[name, constant] : constants)
    if (constant.isInteger)
      program.integerNames[name] = constant.integer;
  std::map<std::string, std::size_t> statements;
  std::map<std::string, std::int64_t> candidates;
  auto count = [&](const ast::Head &head) { ++statements[head.name]; };
  for (const ast::Statement &statement : ast.statements) {
    if (const auto *literal = std::get_if<ast::Literal>(&statement.node))
      count(literal->head);
    else if (const auto *rule = std::get_if<ast::Rule>(&statement.node))
      count(rule->head);
    else if (const auto *read = std::get_if<ast::Read>(&statement.node))
      count(read->head);
    else if (const auto *fact = std::get_if<ast::Fact>(&statement.node))
      count(fact->head);
    const auto *equation = std::get_if<ast::Equation>(&statement.node);
    if (!equation)
      continue;
    count(equation->head);
    bool isNumber = std::holds_alternative<ast::Number>(equation->value->node) ||
                    std::holds_alternative<ast::Negation>(equation->value->node);
    std::optional<Constant> value = isNumber ? evaluateConstant(*equation->value, {}) : std::nullopt;
    bool isSum = equation->op == ast::AssignOp::Assign || equation->op == ast::AssignOp::Add;
    if (equation->head.form == ast::Head::Form::Bare && isSum && equation->guards.empty() && value &&
        value->isInteger)
      candidates[equation->head.name] = value->integer;
  }
  for (const auto &[name, value] : candidates)
    if (statements[name] == 1 && !constants.count(name))
      program.integerNames[name] = value;
}

} // namespace tl::sema
