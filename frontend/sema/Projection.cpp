// Rules 0 to 6: splitting into additive terms and placing every sum.
#include "frontend/sema/Projection.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Dump.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

namespace {

bool isLiteral(const Expr &expr) {
  return expr.kind == Expr::Kind::Literal;
}

Guard positive(ExprPtr literal) {
  Guard guard;
  guard.kind = Guard::Kind::Positive;
  guard.range = literal->range;
  guard.expr = std::move(literal);
  return guard;
}

void wrapInSum(ExprPtr &slot, std::vector<VariableId> variables) {
  slot = makeProject("sum", std::move(variables), std::move(slot));
}

bool hasLiteralFactor(const Expr &expr) {
  if (isApply(expr, "mul") || isApply(expr, "neg"))
    return std::any_of(expr.operands.begin(), expr.operands.end(),
                       [](const ExprPtr &operand) { return hasLiteralFactor(*operand); });
  return isApply(expr, "div") ? hasLiteralFactor(*expr.operands[0]) : isLiteral(expr);
}

bool hasBooleanFactor(const Expr &expr) {
  if (isApply(expr, "mul"))
    return std::any_of(expr.operands.begin(), expr.operands.end(),
                       [](const ExprPtr &operand) { return hasBooleanFactor(*operand); });
  return isCondition(expr) || isLiteral(expr);
}

/// Whether a 0/1 factor inside the function says what a user may mean by it: what is 0 adds nothing, and is
/// never drawn.
bool countsZeros(const std::string &function) {
  return function == "cumsum" || function == "cumprod" || function == "sample";
}

/// A function whose operands are places of their own.
bool isFunction(const Expr &expr) {
  if (expr.kind == Expr::Kind::Normalize || expr.kind == Expr::Kind::Matrix ||
      expr.kind == Expr::Kind::External || expr.kind == Expr::Kind::Random)
    return true;
  static const std::set<std::string, std::less<>> kOperators = {"add",      "neg", "mul", "div", "pow", "mod",
                                                                "floordiv", "eq",  "ne",  "lt",  "le",  "gt",
                                                                "ge",       "and", "or",  "not"};
  return expr.kind == Expr::Kind::Apply && kOperators.count(expr.function) == 0;
}

/// How often `variable` occurs free in `expr`.
std::size_t occurrences(const Expr &expr, VariableId variable) {
  std::size_t count = 0;
  if (expr.operands.empty())
    return freeVariables(expr).count(variable);
  if (freeVariables(expr).count(variable))
    for (const ExprPtr &operand : expr.operands)
      count += occurrences(*operand, variable);
  return count;
}

} // namespace

Projection::Variables Projection::leftVariables() const {
  Variables left;
  for (VariableId id = 0; id < equation.variables.size(); ++id)
    if (equation.variables[id].isOnLeft)
      left.insert(id);
  return left;
}

void Projection::reportDenominator(VariableId variable, const Expr &below, const Expr &term) {
  const std::string &name = equation.variables[variable].name;
  auto &report = diagnostics.report(DiagnosticId::DenominatorIndex, equation.variables[variable].range,
                                    "index '" + name + "' occurs only in a denominator or exponent");
  report.labels.push_back({term.range, "nothing else in this term has '" + name + "'"});
  report.fix = source::Fix{below.range, "sum[" + name + "](" + toString(program, equation, below) + ")",
                           "write the sum where it belongs"};
}

void Projection::reportInsideAndOutside(VariableId variable, const Expr &inside, const Expr &term) {
  const std::string name = equation.variables[variable].name;
  auto &report =
      diagnostics.report(DiagnosticId::IndexInsideAndOutside, inside.range,
                         "index '" + name + "' is summed inside this function but also occurs outside it");
  report.labels.push_back({term.range, "'" + name + "' occurs elsewhere in this term"});
  auto isTaken = [&](const std::string &other) {
    return std::any_of(equation.variables.begin(), equation.variables.end(),
                       [&](const Variable &known) { return known.name == other; });
  };
  std::string renamed = name;
  while (isTaken(renamed))
    renamed += "'";
  equation.variables[variable].name = renamed;
  report.fix = source::Fix{inside.range, toString(program, equation, inside), "rename the index inside"};
  equation.variables[variable].name = name;
}

bool Projection::mayDrop(const Expr &expr) const {
  if (expr.kind == Expr::Kind::Project) {
    const std::string &kind = expr.projection;
    return kind == "max" || kind == "min" || kind == "mean" || kind == "argmax" || kind == "argmin";
  }
  if (expr.kind == Expr::Kind::Element) {
    Monoid monoid = program.tensors[expr.tensor].monoid;
    auto isSure = [](const IndexExpr &index) { return index.isConstant() || index.plainVariable(); };
    return monoid == Monoid::Max || monoid == Monoid::Min ||
           !std::all_of(expr.indices.begin(), expr.indices.end(), isSure);
  }
  return std::any_of(expr.operands.begin(), expr.operands.end(),
                     [&](const ExprPtr &operand) { return mayDrop(*operand); });
}

/// `abs(X[i] - Y[i])`: a reader may take it for the sum of the function's values.
void Projection::warnAboutSum(VariableId variable, const Expr &term, const Expr &function) {
  const std::string &name = equation.variables[variable].name;
  auto &report =
      diagnostics.report(DiagnosticId::AmbiguousSum, term.range,
                         "index '" + name + "' is summed before '" + function.function + "' is applied");
  std::string inside = toString(program, equation, term);
  report.hint =
      "sum[" + name + "](" + function.function + "(...)) sums the values of '" + function.function + "'";
  report.fix =
      source::Fix{term.range, "sum[" + name + "](" + inside + ")", "or say that this is meant", true};
}

/// Sums `term` over the variables that are free in it: inside where they are contracted, and returns those
/// that are summed over the whole term, which is an argument of `function` if there is one.
std::vector<VariableId> Projection::placeTerm(ExprPtr &term, const Variables &bound, const Expr *function) {
  std::vector<VariableId> atTerm;
  std::vector<std::pair<ExprPtr *, std::vector<VariableId>>> atSlots;
  Variables here = bound;
  for (VariableId variable : freeVariables(*term)) {
    if (bound.count(variable))
      continue;
    Location location = locate(term, variable, {});
    if (location.kind == Location::Kind::Inside)
      continue;
    here.insert(variable);
    if (location.below && !location.isProduct)
      reportDenominator(variable, *location.below, *term);
    if (const Expr *inside = contractionInside(*term, variable, true))
      reportInsideAndOutside(variable, *inside, *term);
    if (location.kind == Location::Kind::Term || location.slot == &term) {
      if (function && location.kind == Location::Kind::Term)
        warnAboutSum(variable, *term, *function);
      atTerm.push_back(variable);
      continue;
    }
    auto known = std::find_if(atSlots.begin(), atSlots.end(),
                              [&](auto &entry) { return entry.first == location.slot; });
    if (known == atSlots.end())
      known = atSlots.insert(known, {location.slot, {}});
    known->second.push_back(variable);
  }
  // Slots lie in nodes that wrapping does not move, so the order of wrapping does not matter.
  for (auto &[slot, variables] : atSlots)
    wrapInSum(*slot, variables);
  placeInside(term, here);
  return atTerm;
}

void Projection::placeInside(ExprPtr &slot, const Variables &bound) {
  Expr &expr = *slot;
  for (IndexExpr &index : expr.indices)
    if (index.value)
      placeInside(index.value, bound);
  if (expr.kind == Expr::Kind::Project) {
    Variables here = bound;
    here.insert(expr.variables.begin(), expr.variables.end());
    std::vector<VariableId> summed = placeTerm(expr.operands[0], here);
    if (!summed.empty())
      wrapInSum(expr.operands[0], summed);
    return;
  }
  bool isProduct = isApply(expr, "mul") || isApply(expr, "div");
  if (expr.kind == Expr::Kind::Normalize && !countsZeros(expr.function) &&
      hasBooleanFactor(*expr.operands[0]))
    diagnostics
        .report(DiagnosticId::FactorInsideSoftmax, expr.operands[0]->range,
                "a 0/1 factor inside '" + expr.function + "' gives scores of 0, it is not a mask")
        .hint = "write the condition as a guard after the equation";
  Variables here = bound;
  if (expr.kind == Expr::Kind::Matrix)
    here.insert(expr.variables.begin(), expr.variables.end());
  for (ExprPtr &operand : expr.operands) {
    ExprPtr *inner = &operand;
    while (isProduct && isApply(**inner, "neg"))
      inner = &(*inner)->operands[0];
    if (isFunction(expr) || (isProduct && isApply(**inner, "add")))
      placeArgument(*inner, here, expr.kind == Expr::Kind::Normalize && &operand == &expr.operands[0],
                    expr.kind == Expr::Kind::Apply && isFunction(expr) ? &expr : nullptr);
    else
      placeInside(operand, here);
  }
}

/// `masks`: a dropped argument drops the element, as normalising over those that are left needs it.
void Projection::placeArgument(ExprPtr &slot, const Variables &bound, bool masks, const Expr *function) {
  SourceRange range = slot->range;
  std::vector<SignedTerm> terms;
  collectTerms(std::move(slot), false, terms);
  for (SignedTerm &term : terms) {
    std::vector<VariableId> projected = placeTerm(term.value, bound, function);
    term.value = finishTerm(std::move(term.value), std::move(projected), masks && terms.size() == 1);
  }
  slot = joinTerms(std::move(terms), range);
}

/// A term that sums nothing still gets a scope when something in it can drop, so that the others are not
/// dropped with it.
ExprPtr Projection::finishTerm(ExprPtr term, std::vector<VariableId> projected, bool masks) {
  bool needsScope = !projected.empty() || hasLiteralFactor(*term) || (!masks && mayDrop(*term));
  return needsScope ? makeProject("sum", std::move(projected), std::move(term)) : std::move(term);
}

std::vector<Term> Projection::split(ExprPtr value) {
  std::vector<SignedTerm> parts;
  collectTerms(std::move(value), false, parts);
  std::vector<Term> terms;
  Variables left = leftVariables();
  for (SignedTerm &part : parts) {
    Term term;
    SourceRange range = part.value->range;
    term.projected = placeTerm(part.value, left);
    std::vector<ExprPtr> literals;
    ExprPtr rest = takeFactors(std::move(part.value), isLiteral, literals);
    for (ExprPtr &literal : literals)
      term.literals.push_back(positive(settleLiteral(std::move(literal))));
    term.value = rest ? settle(std::move(rest)) : makeInteger(1, range);
    if (part.isNegative)
      term.value = makeApply("neg", range, std::move(term.value));
    terms.push_back(std::move(term));
  }
  return terms;
}

ExprPtr Projection::summed(ExprPtr value) {
  placeArgument(value, leftVariables(), false);
  return settle(std::move(value));
}

void Projection::placeContracted(ExprPtr &slot, const Variables &bound, const Expr &side) {
  Expr &expr = *slot;
  Variables here = bound;
  for (IndexExpr &index : expr.indices)
    if (index.value)
      placeContracted(index.value, bound, side);
  if (expr.kind == Expr::Kind::Project || expr.kind == Expr::Kind::Matrix)
    here.insert(expr.variables.begin(), expr.variables.end());
  for (ExprPtr &operand : expr.operands)
    if (isFunction(expr) || expr.kind == Expr::Kind::Project)
      placeContractedArgument(operand, here, side);
    else
      placeContracted(operand, here, side);
}

void Projection::placeContractedArgument(ExprPtr &slot, const Variables &bound, const Expr &side) {
  std::vector<std::pair<ExprPtr *, VariableId>> sums;
  for (VariableId variable : freeVariables(*slot)) {
    if (bound.count(variable))
      continue;
    Location start;
    start.splitsSums = false;
    Location location = locate(slot, variable, start);
    if (!location.isProduct)
      continue;
    if (occurrences(side, variable) > occurrences(*slot, variable))
      reportInsideAndOutside(variable, *slot, side);
    else
      sums.push_back({location.slot, variable});
  }
  Variables here = bound;
  for (auto &[place, variable] : sums) {
    here.insert(variable);
    bool isShared = (*place)->kind == Expr::Kind::Project && (*place)->projection == "sum" &&
                    here.count((*place)->variables[0]);
    if (isShared)
      (*place)->variables.push_back(variable);
    else
      wrapInSum(*place, {variable});
  }
  placeContracted(slot, here, side);
}

ExprPtr Projection::guardOperand(ExprPtr value) {
  Variables left = leftVariables();
  placeContracted(value, left, *value);
  return settle(std::move(value));
}

void Projection::conjunction(ExprPtr value, std::vector<Guard> &guards) {
  Term term = whole(std::move(value), guards);
  for (Guard &literal : term.literals)
    guards.push_back(std::move(literal));
}

/// Boolean factors of the side drop the assignment; in a sum only relation factors of a number do.
Term Projection::whole(ExprPtr value, std::vector<Guard> &guards) {
  Variables left = leftVariables();
  SourceRange range = value->range;
  placeContracted(value, left, *value);
  std::vector<SignedTerm> parts;
  collectTerms(std::move(value), false, parts);
  std::vector<ExprPtr> conditions;
  bool isAlone = parts.size() == 1;
  for (SignedTerm &part : parts) {
    SourceRange place = part.value->range;
    if (!isAlone && isLiteral(*part.value))
      continue;
    auto drops = [&](const Expr &factor) { return isLiteral(factor) || (isAlone && isCondition(factor)); };
    ExprPtr rest = takeFactors(std::move(part.value), drops, conditions);
    part.value = rest ? std::move(rest) : makeInteger(1, place);
  }
  Term term;
  std::set<VariableId> free;
  for (ExprPtr &condition : conditions) {
    free.merge(freeVariables(*condition));
    if (isLiteral(*condition)) {
      term.literals.push_back(positive(settleLiteral(std::move(condition))));
      continue;
    }
    Guard guard;
    guard.kind = Guard::Kind::Holds;
    guard.range = condition->range;
    guard.expr = settle(std::move(condition));
    guards.push_back(std::move(guard));
  }
  term.value = settle(joinTerms(std::move(parts), range));
  free.merge(freeVariables(*term.value));
  for (VariableId variable : free)
    if (!left.count(variable))
      term.projected.push_back(variable);
  return term;
}

} // namespace tl::sema
