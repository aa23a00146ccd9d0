// The values that the variables of one equation can take.
#include "frontend/sema/ResolveRanges.h"

#include "frontend/sema/OrderReads.h"

#include <algorithm>
#include <set>

namespace tl::sema {
namespace {

using Bound = std::optional<std::int64_t>;

Bound add(Bound lhs, Bound rhs) {
  std::int64_t sum;
  if (!lhs || !rhs || __builtin_add_overflow(*lhs, *rhs, &sum))
    return std::nullopt;
  return sum;
}

Bound multiply(Bound lhs, Bound rhs) {
  std::int64_t product;
  if (!lhs || !rhs || __builtin_mul_overflow(*lhs, *rhs, &product))
    return std::nullopt;
  return product;
}

/// The bounds of `coefficient * variable`.
Interval scaled(const Interval &interval, std::int64_t coefficient) {
  Bound one = multiply(interval.least, coefficient), other = multiply(interval.most, coefficient);
  return coefficient < 0 ? Interval{other, one} : Interval{one, other};
}

/// The sum of `terms` without `left out`, plus `constant`.
Interval sumOf(const std::vector<AffineTerm> &terms, std::int64_t constant,
               const std::vector<Interval> &variables, std::optional<VariableId> leftOut = std::nullopt) {
  Interval sum{constant, constant};
  for (const AffineTerm &term : terms) {
    if (term.variable == leftOut)
      continue;
    Interval part = scaled(variables[term.variable], term.coefficient);
    sum = {add(sum.least, part.least), add(sum.most, part.most)};
  }
  return sum;
}

bool lower(Bound &bound, Bound limit) {
  if (!limit || (bound && *bound <= *limit))
    return false;
  bound = limit;
  return true;
}

bool raise(Bound &bound, Bound limit) {
  if (!limit || (bound && *bound >= *limit))
    return false;
  bound = limit;
  return true;
}

/// Tightens `variable` so that coefficient * variable + rest <= 0.
bool tightenAtMost(Interval &variable, std::int64_t coefficient, Bound rest) {
  if (!rest || *rest == INT64_MIN || coefficient == INT64_MIN)
    return false;
  if (coefficient > 0)
    return lower(variable.most, floorDivide(-*rest, coefficient));
  // -c v + rest <= 0: v >= rest / c, rounded up.
  return raise(variable.least, -floorDivide(-*rest, -coefficient));
}

Interval dataOf(const Expr &value, const KnownExtents &known) {
  if (value.kind == Expr::Kind::Element && value.tensor < known.largest.size() && known.largest[value.tensor])
    return {std::nullopt, known.largest[value.tensor]};
  return {};
}

/// Rows beyond the end of a relation are not in it, so a variable that an equality or arithmetic in a
/// positive literal gives, as in P(x-1), not Q(x), is not bounded by what stands under `not`.
void dropDenied(const Equation &equation, const std::set<const IndexExpr *> &denied,
                std::vector<AxisUse> &reads) {
  std::set<VariableId> given;
  for (const Guard &guard : equation.guards)
    if (guard.kind == Guard::Kind::Bind)
      given.insert(guard.variable);
  for (const AxisUse &use : reads)
    if (use.isFilter && use.index->terms.size() == 1 && !use.index->plainVariable())
      given.insert(use.index->terms[0].variable);
  std::erase_if(reads, [&](const AxisUse &use) {
    const std::optional<VariableId> variable = use.index->plainVariable();
    return variable && given.count(*variable) && denied.count(use.index);
  });
}

} // namespace

std::int64_t floorDivide(std::int64_t value, std::int64_t divisor) {
  std::int64_t quotient = value / divisor;
  return value % divisor != 0 && (value < 0) != (divisor < 0) ? quotient - 1 : quotient;
}

EquationRanges::EquationRanges(const TypedProgram &program, Equation &equation, const KnownExtents &known)
    : equation(equation), plainClasses(equation.variables.size()) {
  const TensorSymbol &tensor = program.tensors[equation.tensor];
  for (std::size_t axis = 0; axis < equation.head.size(); ++axis)
    heads.push_back(
        {&equation.head[axis], tensor.axes[axis], equation.tensor, tensor.kind == TensorKind::Dense, false});
  if (equation.virtualPosition)
    heads.push_back(
        {&*equation.virtualPosition, known.virtualClass[equation.tensor], equation.tensor, true, false});
  // Which literals filter is known from the guards alone: inside a nested projection a literal filters just
  // its own scope, and what it generates there is bound there.
  std::set<const IndexExpr *> denied; // of relations under `not`
  visitExprs(equation, [&](Expr &expr, const ExprContext &context) {
    if (expr.kind == Expr::Kind::Matrix)
      addMatrix(expr);
    if (!readsTensor(expr))
      return;
    const TensorSymbol &read = program.tensors[expr.tensor];
    const bool isDense = read.kind == TensorKind::Dense;
    const bool isFilter = expr.kind == Expr::Kind::Literal && !context.isNegated;
    for (std::size_t axis = 0; axis < expr.indices.size(); ++axis) {
      reads.push_back({&expr.indices[axis], read.axes[axis], expr.tensor, isDense, isFilter});
      if (context.isNegated && !isDense)
        denied.insert(&expr.indices[axis]);
    }
    if (expr.virtualPosition)
      reads.push_back({&*expr.virtualPosition, known.virtualClass[expr.tensor], expr.tensor, true, false});
  });
  dropDenied(equation, denied, reads);
  for (const AxisUse &use : reads)
    if (std::optional<VariableId> variable = use.index->plainVariable())
      plainClasses[*variable].push_back(use.axisClass);
  for (const Guard &guard : equation.guards)
    addGuard(guard);
}

/// Rows and columns of the result are those of the matrix, whose variables have the same names.
void EquationRanges::addMatrix(const Expr &expr) {
  for (std::size_t k = expr.matrix.batch; k < expr.indices.size(); ++k) {
    const VariableId outer = *expr.indices[k].plainVariable();
    for (VariableId inner : expr.variables)
      if (equation.variables[inner].hasClass &&
          equation.variables[inner].name == equation.variables[outer].name)
        reads.push_back(
            {&expr.indices[k], equation.variables[inner].axisClass, equation.tensor, true, false});
  }
  const bool isRight = expr.function == "svd" && expr.matrix.result == 2;
  const IndexExpr &counter = isRight ? expr.indices[expr.matrix.batch] : expr.indices.back();
  if (expr.function == "svd" || expr.function == "eigh")
    ranks.push_back({*counter.plainVariable(), expr.variables[0], expr.variables[1]});
}

void EquationRanges::addGuard(const Guard &guard) {
  switch (guard.kind) {
  case Guard::Kind::Holds:
    addComparison(*guard.expr);
    break;
  case Guard::Kind::Bind:
    bindings.push_back({guard.variable, &guard.binding});
    break;
  case Guard::Kind::Exists:
    for (const Guard &part : guard.parts)
      addGuard(part);
    break;
  case Guard::Kind::Positive:
  case Guard::Kind::Negative:
    break;
  }
}

void EquationRanges::addComparison(const Expr &expr) {
  if (expr.kind != Expr::Kind::Apply)
    return;
  if (expr.function == "and")
    for (const ExprPtr &operand : expr.operands)
      addComparison(*operand);
  if (expr.operands.size() != 2)
    return;
  IndexExpr sides[2];
  for (int side = 0; side < 2; ++side) {
    const Expr &operand = *expr.operands[side];
    const bool isIndex = operand.kind == Expr::Kind::IndexValue &&
                         operand.index.kind == IndexExpr::Kind::Affine && operand.index.divisor == 1 &&
                         operand.index.modulus == 0 && !operand.index.sizeOf;
    const bool isNumber = operand.kind == Expr::Kind::Number && operand.type == ValueType::Integer;
    if (!isIndex && !isNumber)
      return;
    sides[side].terms = isIndex ? operand.index.terms : std::vector<AffineTerm>{};
    sides[side].constant = isIndex ? operand.index.constant : operand.integer;
  }
  if (expr.function == "lt" || expr.function == "le" || expr.function == "eq")
    addAtMost(sides[0], sides[1], expr.function == "lt" ? 1 : 0);
  if (expr.function == "gt" || expr.function == "ge" || expr.function == "eq")
    addAtMost(sides[1], sides[0], expr.function == "gt" ? 1 : 0);
}

/// lhs + slack <= rhs.
void EquationRanges::addAtMost(const IndexExpr &lhs, const IndexExpr &rhs, std::int64_t slack) {
  Inequality inequality{lhs.terms, 0};
  if (__builtin_sub_overflow(lhs.constant, rhs.constant, &inequality.constant) ||
      __builtin_add_overflow(inequality.constant, slack, &inequality.constant))
    return;
  for (const AffineTerm &term : rhs.terms) {
    if (term.coefficient == INT64_MIN)
      return;
    auto same = std::find_if(inequality.terms.begin(), inequality.terms.end(),
                             [&](const AffineTerm &other) { return other.variable == term.variable; });
    if (same == inequality.terms.end())
      inequality.terms.push_back({term.variable, -term.coefficient});
    else if (__builtin_sub_overflow(same->coefficient, term.coefficient, &same->coefficient))
      return;
  }
  std::erase_if(inequality.terms, [](const AffineTerm &term) { return term.coefficient == 0; });
  inequalities.push_back(std::move(inequality));
}

bool EquationRanges::isOnAxisOf(VariableId variable, ClassId axisClass) const {
  const std::vector<ClassId> &classes = plainClasses[variable];
  return std::find(classes.begin(), classes.end(), axisClass) != classes.end();
}

std::vector<ClassId> EquationRanges::dependenciesOf(const IndexExpr &index, const KnownExtents &known) const {
  std::set<ClassId> classes;
  std::set<VariableId> reached;
  std::vector<VariableId> waiting(index.flattened);
  auto reach = [&](const IndexExpr &other) {
    for (const AffineTerm &term : other.terms)
      waiting.push_back(term.variable);
    if (other.sizeOf)
      classes.insert(equation.variables[*other.sizeOf].axisClass);
  };
  auto mentions = [](const std::vector<AffineTerm> &terms, VariableId variable) {
    return std::any_of(terms.begin(), terms.end(),
                       [&](const AffineTerm &term) { return term.variable == variable; });
  };
  reach(index);
  while (!waiting.empty()) {
    const VariableId variable = waiting.back();
    waiting.pop_back();
    if (!reached.insert(variable).second)
      continue;
    for (const AxisUse &use : reads) {
      if (!mentions(use.index->terms, variable))
        continue;
      const bool isPlain = use.index->plainVariable() && !known.isRecurrence[use.axisClass];
      if (isPlain || !use.index->isSelfRead)
        classes.insert(use.axisClass);
      reach(*use.index);
    }
    for (const Inequality &inequality : inequalities)
      if (mentions(inequality.terms, variable))
        for (const AffineTerm &term : inequality.terms)
          waiting.push_back(term.variable);
    for (const Binding &binding : bindings)
      if (binding.variable == variable)
        reach(*binding.value);
    for (const Rank &rank : ranks)
      if (rank.counter == variable)
        waiting.insert(waiting.end(), {rank.rows, rank.columns});
  }
  return {classes.begin(), classes.end()};
}

/// Narrows the variables' bounds, rule by rule.
class EquationRanges::Solver {
public:
  Solver(const EquationRanges &model, const KnownExtents &known)
      : model(model), equation(model.equation), known(known) {}

  std::vector<Interval> run() {
    start();
    filter();
    for (const AxisUse &head : model.heads)
      if (known.isCapped[head.axisClass])
        limitByHead(head);
    narrow();
    // What nothing on the right bounds takes the extent of its left axis.
    for (const AxisUse &head : model.heads)
      limitByHead(head);
    narrow();
    for (const AxisUse &use : model.reads)
      if (known.usesOwnReads && use.index->isSelfRead && use.isDense)
        limitByExtent(use);
    narrow();
    return std::move(ranges);
  }

private:
  void start();
  void startGenerated(VariableId variable);
  void filter();
  bool filterOnce();
  void narrow();
  bool narrowBy(const AxisUse &use);
  bool narrowLeft(const AxisUse &use, const AffineTerm &term, Bound most);
  bool isGuarded(const std::vector<AffineTerm> &terms, Bound constant, std::int64_t sign) const;
  bool boundProjected(const AxisUse &use, const AffineTerm &term, Bound most);
  void limitByHead(const AxisUse &head);
  void limitByExtent(const AxisUse &use);
  Bound mostPosition(const AxisUse &use) const;
  bool isClassBound(const AxisUse &use) const {
    return use.index->plainVariable() && !(use.isDense && known.isRecurrence[use.axisClass]);
  }

  const EquationRanges &model;
  const Equation &equation;
  const KnownExtents &known;
  std::vector<Interval> ranges;
};

void EquationRanges::Solver::start() {
  ranges.assign(equation.variables.size(), Interval{0, std::nullopt});
  for (VariableId variable = 0; variable < ranges.size(); ++variable) {
    const Variable &symbol = equation.variables[variable];
    if (symbol.isGenerated)
      startGenerated(variable);
    if (symbol.limit)
      lower(ranges[variable].most, *symbol.limit - 1);
  }
  for (const AxisUse &use : model.reads) {
    const Bound extent = known.extent[use.axisClass];
    if (extent && use.index->slice)
      lower(ranges[use.index->terms[0].variable].most, use.index->slice->on(*extent).second - 1);
    if (!isClassBound(use) || !extent)
      continue;
    const VariableId variable = *use.index->plainVariable();
    // A relation's open column can hold any integer: only what does not come out of it is bounded.
    if (!use.isDense && known.isOpen[use.axisClass] && equation.variables[variable].isGenerated)
      continue;
    lower(ranges[variable].most, *extent - 1);
  }
}

/// A generated variable is an index, never negative, only where some column or array says so.
void EquationRanges::Solver::startGenerated(VariableId variable) {
  bool isNatural = false;
  for (const AxisUse &use : model.reads)
    if (use.index->plainVariable() == variable)
      isNatural |=
          use.isDense || (known.extent[use.axisClass] ? !known.isOpen[use.axisClass] : known.isSearching);
  if (!isNatural)
    ranges[variable].least.reset();
}

bool EquationRanges::Solver::filterOnce() {
  bool changed = false;
  for (const Binding &binding : model.bindings) {
    Interval value = valueOf(*binding.value, ranges, known, equation);
    changed |= raise(ranges[binding.variable].least, value.least);
    changed |= lower(ranges[binding.variable].most, value.most);
  }
  for (const Rank &rank : model.ranks)
    for (VariableId axis : {rank.rows, rank.columns})
      changed |= lower(ranges[rank.counter].most, ranges[axis].most);
  for (const Inequality &inequality : model.inequalities)
    for (const AffineTerm &term : inequality.terms)
      changed |= tightenAtMost(ranges[term.variable], term.coefficient,
                               sumOf(inequality.terms, inequality.constant, ranges, term.variable).least);
  return changed;
}

void EquationRanges::Solver::filter() {
  // Bounds can chase each other (x < y, y < x); every round that matters settles one variable.
  for (std::size_t round = 0; round <= ranges.size() && filterOnce(); ++round) {
  }
}

/// The largest value of the affine form itself, before its division.
Bound EquationRanges::Solver::mostPosition(const AxisUse &use) const {
  const Bound extent = known.extent[use.axisClass];
  if (!extent || use.index->isSelfRead)
    return std::nullopt;
  return add(multiply(extent, use.index->divisor), -1);
}

void EquationRanges::Solver::narrow() {
  for (std::size_t round = 0; round <= ranges.size() + 1; ++round) {
    bool changed = false;
    for (const AxisUse &use : model.reads) {
      const bool isAffine = use.index->kind == IndexExpr::Kind::Affine && use.index->modulus == 0 &&
                            !use.index->terms.empty() && !use.index->slice;
      if (isAffine && use.isDense && !isClassBound(use))
        changed |= narrowBy(use);
      else if (isAffine && use.isFilter && !isClassBound(use) && !known.isOpen[use.axisClass])
        changed |= narrowBy(use);
    }
    if (!changed)
      break;
    filter();
  }
}

bool EquationRanges::Solver::narrowBy(const AxisUse &use) {
  const Bound most = mostPosition(use);
  std::size_t lefts = 0, unboundedLefts = 0;
  for (const AffineTerm &term : use.index->terms)
    if (equation.variables[term.variable].isOnLeft) {
      ++lefts;
      unboundedLefts += !ranges[term.variable].most;
    }
  bool changed = false;
  for (const AffineTerm &term : use.index->terms) {
    const bool isOnLeft = equation.variables[term.variable].isOnLeft;
    const bool isUnbounded = !ranges[term.variable].most;
    if (isOnLeft && (lefts == 1 || (isUnbounded && unboundedLefts == 1)))
      changed |= narrowLeft(use, term, most);
    else if (!isOnLeft && isUnbounded)
      changed |= boundProjected(use, term, most);
  }
  return changed;
}

/// Whether a guard keeps sign * terms + constant <= 0: the assignments where it does not hold are none.
bool EquationRanges::Solver::isGuarded(const std::vector<AffineTerm> &terms, Bound constant,
                                       std::int64_t sign) const {
  return constant && std::ranges::any_of(model.inequalities, [&](const Inequality &guard) {
           return guard.constant >= *constant && guard.terms.size() == terms.size() &&
                  std::ranges::all_of(terms, [&](const AffineTerm &term) {
                    return std::ranges::any_of(guard.terms, [&](const AffineTerm &other) {
                      return other.variable == term.variable &&
                             multiply(other.coefficient, sign) == term.coefficient;
                    });
                  });
         });
}

/// An equation computes the elements whose inputs exist for all values of the other variables that the guards
/// let pass.
bool EquationRanges::Solver::narrowLeft(const AxisUse &use, const AffineTerm &term, Bound most) {
  const Interval rest = sumOf(use.index->terms, use.index->constant, ranges, term.variable);
  Interval &range = ranges[term.variable];
  bool changed = false;
  if (most && rest.most && !isGuarded(use.index->terms, add(use.index->constant, -*most), 1))
    changed |= tightenAtMost(range, term.coefficient, add(rest.most, -*most));
  // 0 <= form, that is -coefficient * variable - rest <= 0.
  if (rest.least && *rest.least != INT64_MIN && term.coefficient != INT64_MIN &&
      !isGuarded(use.index->terms, multiply(use.index->constant, -1), -1))
    changed |= tightenAtMost(range, -term.coefficient, -*rest.least);
  return changed;
}

/// A projected variable without a class: every value for which the input exists whatever the others are;
/// where it is subtracted, every value for which some input exists.
bool EquationRanges::Solver::boundProjected(const AxisUse &use, const AffineTerm &term, Bound most) {
  const Interval rest = sumOf(use.index->terms, use.index->constant, ranges, term.variable);
  Interval &range = ranges[term.variable];
  if (term.coefficient > 0)
    return most && rest.most && tightenAtMost(range, term.coefficient, add(rest.most, -*most));
  if (!rest.most || *rest.most == INT64_MIN || term.coefficient == INT64_MIN || use.index->isSelfRead)
    return false;
  return tightenAtMost(range, -term.coefficient, -*rest.most);
}

void EquationRanges::Solver::limitByHead(const AxisUse &head) {
  if (head.isDense || !known.isOpen[head.axisClass])
    limitByExtent(head);
}

/// Bounds a variable that has no bound yet, or that a capped axis limits, by the extent of the axis that it
/// stands on.
void EquationRanges::Solver::limitByExtent(const AxisUse &use) {
  const Bound extent = known.extent[use.axisClass];
  if (!extent || use.index->kind != IndexExpr::Kind::Affine || use.index->modulus != 0)
    return;
  const Bound most = add(multiply(extent, use.index->divisor), -1);
  for (const AffineTerm &term : use.index->terms) {
    if (!most || (ranges[term.variable].most && !known.isCapped[use.axisClass]))
      continue;
    const Interval rest = sumOf(use.index->terms, use.index->constant, ranges, term.variable);
    if (rest.least)
      tightenAtMost(ranges[term.variable], term.coefficient, add(rest.least, -*most));
  }
}

std::vector<Interval> EquationRanges::solve(const KnownExtents &known) const {
  return Solver(*this, known).run();
}

Interval EquationRanges::valueOf(const IndexExpr &index, const std::vector<Interval> &variables,
                                 const KnownExtents &known, const Equation &equation) {
  if (index.sizeOf) {
    const Bound extent = known.extent[equation.variables[*index.sizeOf].axisClass];
    return {extent, extent};
  }
  if (!index.flattened.empty()) {
    Bound elements = 1;
    for (VariableId variable : index.flattened)
      elements = multiply(elements, add(variables[variable].most, 1));
    return {0, add(elements, -1)};
  }
  if (index.kind == IndexExpr::Kind::Value)
    return index.value ? dataOf(*index.value, known) : Interval{};
  Interval sum = sumOf(index.terms, index.constant, variables);
  if (index.modulus > 0) {
    const bool isWithin = sum.least && sum.most && *sum.least >= 0 && *sum.most < index.modulus;
    return isWithin ? sum : Interval{0, index.modulus - 1};
  }
  if (index.divisor > 1) {
    if (sum.least)
      sum.least = floorDivide(*sum.least, index.divisor);
    if (sum.most)
      sum.most = floorDivide(*sum.most, index.divisor);
  }
  return sum;
}

} // namespace tl::sema
