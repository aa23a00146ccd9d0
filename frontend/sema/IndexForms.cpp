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

/// Whether the bound of a slice is written as a number, or missing.
bool Expressions::isConstant(const ast::ExprPtr &expr) {
  std::optional<IndexExpr> form = expr ? affine(*expr, {}) : IndexExpr();
  return form && form->terms.empty();
}

/// A slice of a read is an unnamed index: `v` for a new variable v, or for the one that the left side's slice
/// in the same place has. Where it begins and how long it is follows from the extent of the axis, once that
/// is known.
IndexExpr Expressions::slice(const ast::Index &index, std::vector<ExprPtr> &conditions) {
  VariableId counter;
  if (scope.leftSlices.empty()) {
    counter = scope.fresh("i" + std::to_string(scope.slices.size() + 1), index.range);
    scope.slices.push_back(counter);
  } else {
    counter = scope.leftSlices[std::min(scope.slicesInAccess, scope.leftSlices.size() - 1)];
    ++scope.slicesInAccess;
  }
  if (!isConstant(index.begin) || !isConstant(index.end) || !isConstant(index.step))
    return boundedSlice(index, counter, conditions);
  Slice slice;
  if (index.begin)
    slice.begin = affine(*index.begin, {})->constant;
  if (index.end)
    slice.end = affine(*index.end, {})->constant;
  if (index.step)
    slice.step = affine(*index.step, {})->constant;
  if (slice.step == 0) {
    diagnostics.report(DiagnosticId::TypeMismatch, index.range, "the step of a slice is not 0");
    slice.step = 1;
  }
  IndexExpr form = constantIndex(0, index.range);
  form.terms.push_back({counter, 1});
  const bool isWhole = !slice.begin && !slice.end && slice.step == 1 && scope.leftSlices.empty();
  if (isWhole)
    return form;
  form.slice = slice;
  if (slice.isRelative())
    return form;
  form.constant = slice.begin.value_or(0);
  form.terms[0].coefficient = slice.step;
  std::optional<std::int64_t> &limit = scope.equation.variables[counter].limit;
  if (slice.end && !limit)
    limit = slice.on(std::max(form.constant, *slice.end)).second;
  return form;
}

/// `X[a:b:s]` with bounds that are computed: every position of the axis, as far as conditions let it count.
IndexExpr Expressions::boundedSlice(const ast::Index &index, VariableId counter,
                                    std::vector<ExprPtr> &conditions) {
  IndexExpr form = constantIndex(0, index.range);
  form.terms.push_back({counter, 1});
  if (scope.slicesAreAxes || !scope.leftSlices.empty()) {
    diagnostics
        .report(DiagnosticId::TypeMismatch, index.range,
                "a slice that becomes an index of the left side needs constant bounds")
        .hint = "name the index, as in Y[i] = X[First+i], i < Length";
    return form;
  }
  auto number = [&](const ast::Expr &expr) {
    const auto *name = std::get_if<ast::Name>(&expr.node);
    const bool isScalar = name && !names.integer(name->name) && names.isDefined(name->name);
    return isScalar ? value(expr) : makeIndexValue(this->index(expr));
  };
  if (index.begin)
    conditions.push_back(makeApply("ge", index.range, makeIndexValue(form.copy()), number(*index.begin)));
  if (index.end)
    conditions.push_back(makeApply("lt", index.range, makeIndexValue(form.copy()), number(*index.end)));
  if (index.step) {
    ExprPtr distance = makeIndexValue(form.copy());
    if (index.begin) {
      ExprPtr first = makeApply("neg", index.range, number(*index.begin));
      distance = makeApply("add", index.range, std::move(distance), std::move(first));
    }
    ExprPtr rest = makeApply("mod", index.range, std::move(distance), number(*index.step));
    conditions.push_back(makeApply("eq", index.range, std::move(rest), makeInteger(0, index.range)));
  }
  return form;
}

/// `Y[4:8] = ...`: the positions from 4 on, counted by an unnamed index that is on the left.
IndexExpr Expressions::leftSlice(const ast::Index &index) {
  VariableId counter = scope.fresh("i" + std::to_string(scope.leftSlices.size() + 1), index.range);
  scope.leftSlices.push_back(counter);
  scope.equation.variables[counter].isOnLeft = scope.equation.variables[counter].isLeftSlice = true;
  IndexExpr form = constantIndex(0, index.range);
  form.terms.push_back({counter, 1});
  auto constant = [&](const ast::ExprPtr &expr, std::int64_t missing) -> std::optional<std::int64_t> {
    if (!expr)
      return missing;
    std::optional<IndexExpr> value = affine(*expr, {});
    return value && value->terms.empty() ? std::optional(value->constant) : std::nullopt;
  };
  const std::optional<std::int64_t> begin = constant(index.begin, 0), end = constant(index.end, 0),
                                    step = constant(index.step, 1);
  if (!begin || !end || !step || *begin < 0 || *end < 0 || *step < 1) {
    diagnostics
        .report(DiagnosticId::TypeMismatch, index.range,
                "a slice on the left needs constant bounds that count from the start, and a step above 0")
        .hint = "name the index, as in Y[First+i] = X[i]";
    return form;
  }
  form.constant = *begin;
  form.terms[0].coefficient = *step;
  if (index.end)
    scope.equation.variables[counter].limit = Slice{begin, end, *step}.on(std::max(*begin, *end)).second;
  return form;
}

IndexExpr Expressions::position(const ast::Index &index, std::vector<ExprPtr> &conditions) {
  switch (index.form) {
  case ast::Index::Form::Group:
    diagnostics.report(DiagnosticId::BadDefinition, index.range,
                       "'...' stands for indices of an argument, so it has a meaning in a definition only");
    return constantIndex(0, index.range);
  case ast::Index::Form::Slice:
    return slice(index, conditions);
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
      positions.push_back(leftSlice(index));
      continue;
    }
    std::vector<ExprPtr> none;
    IndexExpr form = position(index, none);
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
  std::vector<ExprPtr> conditions;
  scope.slicesInAccess = 0;
  bool readsLastState = virtualAxis && access.indices.size() + 1 == names.arity(tensor);
  for (std::size_t k = 0; k < access.indices.size(); ++k) {
    const ast::Index &index = access.indices[k];
    if (index.isDotted)
      diagnostics
          .report(DiagnosticId::DotNotAllowed, index.range, "a dot belongs to an index on the left side")
          .hint = "write the '.' after the same index on the left";
    IndexExpr form = position(index, conditions);
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
  if (!scope.leftSlices.empty() && scope.slicesInAccess != 0 &&
      scope.slicesInAccess != scope.leftSlices.size())
    diagnostics
        .report(DiagnosticId::ArityClash, range,
                "the left side has " + std::to_string(scope.leftSlices.size()) + " slices, this read has " +
                    std::to_string(scope.slicesInAccess))
        .hint = "slices of both sides go together in their order";
  if (conditions.empty())
    return expr;
  conditions.push_back(std::move(expr));
  ExprPtr chosen = makeApply("mul", range);
  chosen->operands = std::move(conditions);
  return chosen;
}

} // namespace tl::sema
