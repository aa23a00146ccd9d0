// What may stand in an index position: affine forms, symbols, slices, gathers, virtual indices.
#include "frontend/sema/Build.h"
#include "frontend/sema/Expressions.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

namespace {

IndexExpr constantIndex(std::int64_t value, SourceRange range) {
  IndexExpr index;
  index.range = range;
  index.constant = value;
  return index;
}

IndexExpr symbolIndex(std::string_view symbol, SourceRange range) {
  IndexExpr index;
  index.kind = IndexExpr::Kind::Symbol;
  index.range = range;
  index.symbol = symbol;
  return index;
}

bool isLinear(const IndexExpr &index) {
  return index.divisor == 1 && index.modulus == 0;
}

/// Adds `factor * part`; false when a number overflows or `part` is not linear.
bool accumulate(IndexExpr &into, const IndexExpr &part, std::int64_t factor) {
  std::int64_t scaled = 0;
  if (!isLinear(part) || __builtin_mul_overflow(part.constant, factor, &scaled) ||
      __builtin_add_overflow(into.constant, scaled, &into.constant))
    return false;
  for (const AffineTerm &term : part.terms) {
    if (__builtin_mul_overflow(term.coefficient, factor, &scaled))
      return false;
    auto place = std::lower_bound(into.terms.begin(), into.terms.end(), term.variable,
                                  [](const AffineTerm &lhs, VariableId rhs) { return lhs.variable < rhs; });
    if (place == into.terms.end() || place->variable != term.variable)
      place = into.terms.insert(place, {term.variable, 0});
    if (__builtin_add_overflow(place->coefficient, scaled, &place->coefficient))
      return false;
    if (place->coefficient == 0)
      into.terms.erase(place);
  }
  return true;
}

std::int64_t floorDivide(std::int64_t value, std::int64_t divisor) {
  std::int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

/// `index / divisor`; false when that is no single affine form.
bool divide(IndexExpr &index, std::int64_t divisor) {
  if (divisor <= 0 || index.modulus != 0)
    return false;
  if (index.terms.empty())
    index.constant = floorDivide(index.constant, divisor);
  else if (__builtin_mul_overflow(index.divisor, divisor, &index.divisor))
    return false;
  return true;
}

bool remainder(IndexExpr &index, std::int64_t modulus) {
  if (modulus <= 0 || !isLinear(index))
    return false;
  if (index.terms.empty())
    index.constant -= floorDivide(index.constant, modulus) * modulus;
  else
    index.modulus = modulus;
  return true;
}

} // namespace

std::optional<IndexExpr> Expressions::affineSum(const ast::Sum &sum, AffineRules rules) {
  IndexExpr total;
  for (const ast::Sum::Term &term : sum.terms) {
    std::optional<IndexExpr> part = affine(*term.expr, rules);
    if (!part || !accumulate(total, *part, term.isNegative ? -1 : 1))
      return std::nullopt;
  }
  return total;
}

std::optional<IndexExpr> Expressions::affineProduct(const ast::Product &product, AffineRules rules) {
  IndexExpr total = constantIndex(1, {});
  for (const ast::Product::Factor &factor : product.factors) {
    std::optional<IndexExpr> part = affine(*factor.expr, rules);
    if (!part)
      return std::nullopt;
    bool isConstant = part->terms.empty();
    switch (factor.op) {
    case ast::Product::Op::Multiply: {
      IndexExpr scaled;
      bool isFirst = total.terms.empty() && total.constant == 1;
      if (isFirst)
        scaled = std::move(*part);
      else if (!(isConstant ? accumulate(scaled, total, part->constant)
                            : total.terms.empty() && accumulate(scaled, *part, total.constant)))
        return std::nullopt;
      total = std::move(scaled);
      break;
    }
    case ast::Product::Op::Divide:
      if (!rules.divides || !isConstant || !divide(total, part->constant))
        return std::nullopt;
      break;
    case ast::Product::Op::Remainder:
      if (!isConstant || !remainder(total, part->constant))
        return std::nullopt;
      break;
    }
  }
  return total;
}

std::optional<IndexExpr> Expressions::affine(const ast::Expr &expr, AffineRules rules) {
  std::optional<IndexExpr> result;
  if (const auto *number = std::get_if<ast::Number>(&expr.node)) {
    if (number->isInteger)
      result = constantIndex(number->integer, expr.range);
  } else if (const auto *variable = std::get_if<ast::Variable>(&expr.node)) {
    result.emplace().terms.push_back({scope.variable(variable->name, expr.range), 1});
  } else if (const auto *name = std::get_if<ast::Name>(&expr.node)) {
    const Constant *constant = names.constant(name->name);
    std::optional<std::int64_t> value = rules.readsScalars ? names.integer(name->name) : std::nullopt;
    if (constant && constant->isInteger)
      value = constant->integer;
    if (value)
      result = constantIndex(*value, expr.range);
  } else if (const auto *negation = std::get_if<ast::Negation>(&expr.node)) {
    std::optional<IndexExpr> part = affine(*negation->operand, rules);
    IndexExpr negated;
    if (part && accumulate(negated, *part, -1))
      result = std::move(negated);
  } else if (const auto *sum = std::get_if<ast::Sum>(&expr.node)) {
    result = affineSum(*sum, rules);
  } else if (const auto *product = std::get_if<ast::Product>(&expr.node)) {
    result = affineProduct(*product, rules);
  } else if (const auto *power = std::get_if<ast::Power>(&expr.node)) {
    std::optional<IndexExpr> base = affine(*power->base, rules), exponent = affine(*power->exponent, rules);
    if (base && exponent && base->isConstant() && exponent->isConstant() && exponent->constant >= 0) {
      result = constantIndex(1, expr.range);
      for (std::int64_t k = 0; result && k < exponent->constant; ++k)
        if (__builtin_mul_overflow(result->constant, base->constant, &result->constant))
          result.reset();
    }
  }
  if (result)
    result->range = expr.range;
  return result;
}

IndexExpr Expressions::index(const ast::Expr &expr) {
  if (std::optional<IndexExpr> form = affine(expr, {}))
    return std::move(*form);
  if (const auto *text = std::get_if<ast::Text>(&expr.node))
    return symbolIndex(text->text, expr.range);
  if (const auto *name = std::get_if<ast::Name>(&expr.node)) {
    names.noteSymbol(name->name, expr.range);
    return symbolIndex(name->name, expr.range);
  }
  ExprPtr value = translate(expr, true);
  if (value->kind == Expr::Kind::IndexValue)
    return std::move(value->index);
  IndexExpr index;
  index.kind = IndexExpr::Kind::Value;
  index.range = expr.range;
  index.value = std::move(value);
  return index;
}

std::optional<std::int64_t> Expressions::constantOf(const ast::ExprPtr &expr,
                                                    std::optional<std::int64_t> preset) {
  if (!expr)
    return preset;
  std::optional<IndexExpr> form = affine(*expr, {});
  if (form && form->terms.empty())
    return form->constant;
  diagnostics.report(DiagnosticId::NotSupportedYet, expr->range,
                     "a slice whose bounds are not constants is not supported yet");
  return std::nullopt;
}

/// `4:8:2` is `4 + 2 v` for a new variable v below the length.
IndexExpr Expressions::slice(const ast::Index &index) {
  std::optional<std::int64_t> begin = constantOf(index.begin, 0), step = constantOf(index.step, 1);
  std::optional<std::int64_t> end = constantOf(index.end, std::nullopt);
  VariableId variable = scope.fresh("i" + std::to_string(scope.slices.size() + 1), index.range);
  scope.slices.push_back(variable);
  IndexExpr form = constantIndex(begin.value_or(0), index.range);
  form.terms.push_back({variable, std::max<std::int64_t>(1, step.value_or(1))});
  if (step.value_or(1) < 1 || begin.value_or(0) < 0 || end.value_or(0) < 0)
    diagnostics.report(DiagnosticId::NotSupportedYet, index.range,
                       "a slice with negative bounds or step is not supported yet");
  else if (end)
    scope.equation.variables[variable].limit = std::max<std::int64_t>(
        0, floorDivide(*end - begin.value_or(0) + step.value_or(1) - 1, step.value_or(1)));
  return form;
}

IndexExpr Expressions::position(const ast::Index &index) {
  switch (index.form) {
  case ast::Index::Form::Group:
    diagnostics.report(DiagnosticId::BadDefinition, index.range,
                       "'...' stands for indices of an argument, so it has a meaning in a definition only");
    return constantIndex(0, index.range);
  case ast::Index::Form::Slice:
    return slice(index);
  case ast::Index::Form::Plain:
    break;
  }
  IndexExpr form = this->index(*index.expr);
  form.range = index.range;
  return form;
}

std::vector<IndexExpr> Expressions::head(const ast::Head &head, TensorId tensor) {
  std::vector<IndexExpr> positions;
  std::optional<std::size_t> virtualAxis = names.virtualAxis(tensor);
  for (std::size_t k = 0; k < head.indices.size(); ++k) {
    const ast::Index &index = head.indices[k];
    if (index.form == ast::Index::Form::Slice) {
      diagnostics.report(DiagnosticId::NotSupportedYet, index.range,
                         "a slice on the left is not supported yet");
      positions.push_back(constantIndex(0, index.range));
      continue;
    }
    IndexExpr form = position(index);
    // Indices inside index functions count as on the left.
    std::set<VariableId> onLeft;
    addVariables(form, onLeft);
    for (VariableId variable : onLeft)
      scope.equation.variables[variable].isOnLeft = true;
    if (index.isDotted && form.plainVariable())
      scope.dotted.push_back(*form.plainVariable());
    if (index.isDotted)
      scope.dots.push_back(index.range);
    if (virtualAxis == k) {
      for (const AffineTerm &term : form.terms)
        scope.equation.variables[term.variable].isVirtual = true;
      scope.equation.virtualPosition = std::move(form);
    } else {
      positions.push_back(std::move(form));
    }
  }
  return positions;
}

ExprPtr Expressions::access(const ast::Access &access, SourceRange range) {
  TensorId tensor = *names.tensor(access.name);
  ExprPtr expr = makeExpr(program.tensors[tensor].kind == TensorKind::Relation ? Expr::Kind::Literal
                                                                               : Expr::Kind::Element,
                          range);
  expr->tensor = tensor;
  std::optional<std::size_t> virtualAxis = names.virtualAxis(tensor);
  bool readsLastState = virtualAxis && access.indices.size() + 1 == names.arity(tensor);
  for (std::size_t k = 0; k < access.indices.size(); ++k) {
    const ast::Index &index = access.indices[k];
    if (index.isDotted)
      diagnostics
          .report(DiagnosticId::DotNotAllowed, index.range, "a dot belongs to an index on the left side")
          .hint = "write the '.' after the same index on the left";
    IndexExpr form = position(index);
    if (virtualAxis != k || readsLastState) {
      expr->indices.push_back(std::move(form));
      continue;
    }
    for (const AffineTerm &term : form.terms)
      scope.equation.variables[term.variable].isVirtual = true;
    expr->virtualPosition = std::move(form);
  }
  // The clash has been reported; the right number of positions keeps later steps simple.
  while (expr->indices.size() < program.tensors[tensor].axes.size())
    expr->indices.push_back(constantIndex(0, range));
  expr->indices.resize(program.tensors[tensor].axes.size());
  return expr;
}

} // namespace tl::sema
