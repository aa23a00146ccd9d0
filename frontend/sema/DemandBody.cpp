// Handing bindings from literal to literal through one body.
#include "frontend/sema/DemandBody.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Clone.h"
#include "frontend/sema/Walk.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace tl::sema {

namespace {

bool isConstantPosition(const IndexExpr &index) {
  return index.kind != IndexExpr::Kind::Value && index.terms.empty() && index.flattened.empty();
}

/// The id or number that a constant position stands for; none when no cell holds it.
std::optional<runtime::Cell> cellOf(const IndexExpr &index) {
  std::int64_t value = index.constant;
  if (index.kind == IndexExpr::Kind::Affine && index.divisor != 1)
    value = value >= 0 ? value / index.divisor : -((-value + index.divisor - 1) / index.divisor);
  if (index.kind == IndexExpr::Kind::Affine && index.modulus > 0)
    value = (value % index.modulus + index.modulus) % index.modulus;
  const auto cell = static_cast<runtime::Cell>(value);
  return cell == value ? std::optional(cell) : std::nullopt;
}

/// `index relation value` as a condition.
Guard comparison(const char *relation, IndexExpr index, ExprPtr value) {
  Guard guard;
  guard.kind = Guard::Kind::Holds;
  guard.range = index.range;
  guard.expr = makeApply(relation, guard.range, makeIndexValue(std::move(index)), std::move(value));
  guard.expr->type = ValueType::Bool;
  guard.expr->operands[0]->type = guard.expr->operands[1]->type = ValueType::Integer;
  return guard;
}

bool isSame(const IndexExpr &lhs, const IndexExpr &rhs) {
  return lhs.plainVariable() && lhs.plainVariable() == rhs.plainVariable();
}

} // namespace

BodyPass::BodyPass(DemandBuilder &builder, Equation &equation)
    : builder(builder), equation(equation), rest(std::move(equation.guards)) {
  equation.guards.clear();
}

void BodyPass::bindPlain(const Expr &literal) {
  for (const IndexExpr &index : literal.indices)
    if (std::optional<VariableId> variable = index.plainVariable())
      known.insert(*variable);
}

bool BodyPass::isKnown(const IndexExpr &index) const {
  return index.kind != IndexExpr::Kind::Value && index.flattened.empty() &&
         std::all_of(index.terms.begin(), index.terms.end(),
                     [&](const AffineTerm &term) { return known.count(term.variable) != 0; });
}

Adornment BodyPass::boundBy(const Expr &literal) const {
  Adornment bound = 0;
  for (std::size_t position = 0; position < std::min(literal.indices.size(), kPositions); ++position)
    if (isKnown(literal.indices[position]))
      bound |= Adornment{1} << position;
  return bound;
}

/// A head with arithmetic is solved for its variable, as `Q(x+1)` in a body is: x = q - 1, not below 0.
void BodyPass::start(TensorId tensor, std::vector<IndexExpr> indices) {
  isStarted = true;
  std::vector<Guard> solved;
  std::set<VariableId> plain;
  for (const IndexExpr &index : indices)
    if (std::optional<VariableId> variable = index.plainVariable())
      plain.insert(*variable);
  for (IndexExpr &index : indices) {
    bool isLinear = index.kind == IndexExpr::Kind::Affine && index.terms.size() == 1 && index.divisor == 1 &&
                    index.modulus == 0 && index.terms[0].coefficient > 0 && !index.plainVariable();
    if (!isLinear || !plain.insert(index.terms[0].variable).second)
      continue;
    const SourceRange range = index.range;
    const VariableId variable = index.terms[0].variable;
    const auto asked = static_cast<VariableId>(equation.variables.size());
    Variable symbol;
    symbol.name = equation.variables[variable].name + "''";
    symbol.range = range;
    equation.variables.push_back(std::move(symbol));
    Guard bind;
    bind.kind = Guard::Kind::Bind;
    bind.range = range;
    bind.variable = variable;
    bind.binding = variableIndex(asked, range);
    bind.binding.constant = -index.constant;
    bind.binding.divisor = index.terms[0].coefficient;
    solved.push_back(std::move(bind));
    solved.push_back(comparison("ge", variableIndex(variable, range), makeInteger(0, range)));
    if (index.terms[0].coefficient != 1)
      solved.push_back(comparison("eq", clone(index), makeIndexValue(variableIndex(asked, range))));
    index = variableIndex(asked, range);
    known.insert(variable);
  }
  Guard asked = positiveLiteral(tensor, std::move(indices), equation.range);
  bindPlain(*asked.expr);
  prefix.push_back(std::move(asked));
  std::move(solved.begin(), solved.end(), std::back_inserter(prefix));
}

Guard BodyPass::takeWaiting(std::size_t position) {
  Guard guard = std::move(rest[position]);
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(position));
  return guard;
}

/// Bindings and comparisons of known variables stand as early as they can.
void BodyPass::takeReady() {
  for (std::size_t position = 0; position < rest.size();) {
    const Guard &guard = rest[position];
    std::set<VariableId> needed = freeVariables(guard);
    if (guard.kind == Guard::Kind::Bind) {
      needed.clear();
      addVariables(guard.binding, needed);
    }
    bool isReady = (guard.kind == Guard::Kind::Bind || guard.kind == Guard::Kind::Holds) &&
                   std::includes(known.begin(), known.end(), needed.begin(), needed.end());
    // Numbers that rules read may themselves depend on what is asked.
    if (isReady && builder.onlyPositive && guard.kind == Guard::Kind::Holds)
      walkGuard(guard, [&](const Expr &expr) {
        isReady = isReady && expr.kind != Expr::Kind::Element && expr.kind != Expr::Kind::Test &&
                  expr.kind != Expr::Kind::Literal;
      });
    if (!isReady) {
      ++position;
      continue;
    }
    if (guard.kind == Guard::Kind::Bind)
      known.insert(guard.variable);
    prefix.push_back(takeWaiting(position));
    position = 0;
  }
}

/// The literal to go on with: stored rows before rules, rules before the relation's own recursion, then the
/// most bound positions. A literal without a bound position selects nothing and hands nothing on.
std::optional<std::size_t> BodyPass::next() const {
  std::optional<std::size_t> best;
  std::tuple<int, int> bestRank;
  for (std::size_t position = 0; position < rest.size(); ++position) {
    if (rest[position].kind != Guard::Kind::Positive)
      continue;
    const Expr &literal = *rest[position].expr;
    const Adornment bound = boundBy(literal);
    if (!bound)
      continue;
    bool isRule = builder.restrictablePositions(literal.tensor) != 0;
    auto from = builder.componentOf.find(literal.tensor), own = builder.componentOf.find(equation.tensor);
    bool isOwn = isRule && own != builder.componentOf.end() && from->second == own->second;
    std::tuple<int, int> rank(isRule + isOwn, -std::popcount(bound));
    if (!best || rank < bestRank) {
      best = position;
      bestRank = rank;
    }
  }
  return best;
}

/// A join that several rules would repeat becomes a relation of its own: the columns that are used later.
void BodyPass::shortenPrefix(const Expr &literal) {
  auto isRow = [](const Guard &guard) { return guard.kind == Guard::Kind::Positive; };
  if (!isStarted || std::count_if(prefix.begin(), prefix.end(), isRow) < 3)
    return;
  std::set<VariableId> later = freeVariables(literal);
  for (const IndexExpr &index : equation.head)
    addVariables(index, later);
  for (const Guard &guard : rest)
    later.merge(freeVariables(guard));
  std::vector<IndexExpr> columns;
  std::vector<ClassId> axes;
  for (VariableId variable : known) {
    if (!later.count(variable))
      continue;
    if (!equation.variables[variable].hasClass)
      return;
    columns.push_back(variableIndex(variable, equation.range));
    axes.push_back(equation.variables[variable].axisClass);
  }
  if (columns.size() > kPositions)
    return;
  const std::string name = "part " + std::to_string(builder.program.tensors.size()) + " of " +
                           builder.program.tensors[equation.tensor].name;
  const TensorId part = builder.addTensor(equation.tensor, name, std::move(axes));
  Equation rule = emptyRule(equation, part);
  rule.head = clone(columns);
  rule.guards = std::move(prefix);
  builder.addRule(std::move(rule));
  prefix.clear();
  prefix.push_back(positiveLiteral(part, std::move(columns), equation.range));
}

void BodyPass::restrict(Expr &literal) {
  Adornment bound = boundBy(literal) & builder.restrictablePositions(literal.tensor);
  if (!bound)
    return;
  bound = builder.preferred(literal.tensor, bound);
  const RestrictedRelation callee = builder.request(literal.tensor, bound);
  literal.tensor = callee.answers;
  std::vector<IndexExpr> call = boundPositions(literal.indices, bound);
  if (prefix.empty()) {
    std::vector<runtime::Cell> constants;
    for (const IndexExpr &index : call)
      if (std::optional<runtime::Cell> cell = cellOf(index))
        constants.push_back(*cell);
    if (constants.size() == call.size())
      builder.ask(callee, constants);
    return;
  }
  const Guard &first = prefix.front();
  bool isOwnCall =
      prefix.size() == 1 && first.kind == Guard::Kind::Positive && first.expr->tensor == callee.demand &&
      std::equal(call.begin(), call.end(), first.expr->indices.begin(), first.expr->indices.end(), isSame);
  if (isOwnCall)
    return;
  Equation rule = emptyRule(equation, callee.demand);
  rule.guards = clone(prefix);
  if (!keepInside(callee, call, rule.guards))
    return;
  if (callee.isTagged)
    rule.head = clone(call);
  for (IndexExpr &index : call)
    rule.head.push_back(std::move(index));
  builder.addRule(std::move(rule));
}

/// A call with a value that no row can have asks for nothing. False when that is known of a constant;
/// otherwise arithmetic is compared with the extent in `guards`.
bool BodyPass::keepInside(const RestrictedRelation &callee, const std::vector<IndexExpr> &call,
                          std::vector<Guard> &guards) const {
  const std::vector<ClassId> &axes = builder.program.tensors[callee.demand].axes;
  for (std::size_t position = 0; position < call.size(); ++position) {
    const IndexExpr &index = call[position];
    const AxisClass &axis = builder.program.classes[axes[position]];
    if (index.plainVariable() || index.kind == IndexExpr::Kind::Symbol || axis.isOpen)
      continue;
    if (isConstantPosition(index)) {
      std::optional<runtime::Cell> cell = cellOf(index);
      if (!cell || *cell < 0 || *cell >= axis.extent)
        return false;
      continue;
    }
    guards.push_back(comparison("ge", clone(index), makeInteger(0, index.range)));
    guards.push_back(comparison("lt", clone(index), makeInteger(axis.extent, index.range)));
  }
  return true;
}

void BodyPass::restrictByConstants(Expr &read) {
  const Adornment restrictable = builder.restrictablePositions(read.tensor);
  if (builder.onlyPositive || read.virtualPosition)
    return;
  Adornment bound = 0;
  std::vector<runtime::Cell> constants;
  for (std::size_t position = 0; position < read.indices.size(); ++position)
    if (restrictable >> position & 1 && isConstantPosition(read.indices[position])) {
      std::optional<runtime::Cell> cell = cellOf(read.indices[position]);
      if (!cell)
        return;
      bound |= Adornment{1} << position;
      constants.push_back(*cell);
    }
  if (!bound)
    return;
  const RestrictedRelation callee = builder.request(read.tensor, bound);
  builder.ask(callee, constants);
  read.tensor = callee.answers;
}

void BodyPass::run() {
  takeReady();
  while (std::optional<std::size_t> position = next()) {
    Guard literal = takeWaiting(*position);
    if (boundBy(*literal.expr) & builder.restrictablePositions(literal.expr->tensor)) {
      shortenPrefix(*literal.expr);
      restrict(*literal.expr);
    }
    bindPlain(*literal.expr);
    prefix.push_back(std::move(literal));
    takeReady();
  }
  restrictRest();
}

/// What is left binds nothing: negations, groups of witnesses, relations inside expressions.
void BodyPass::restrictRest() {
  auto inside = [&](Expr &expr) {
    if (expr.kind == Expr::Kind::Test || expr.kind == Expr::Kind::Literal)
      restrictByConstants(expr);
  };
  for (Guard &guard : rest) {
    if (guard.kind == Guard::Kind::Negative && !builder.onlyPositive)
      restrict(*guard.expr);
    else if (guard.kind == Guard::Kind::Holds || guard.kind == Guard::Kind::Bind)
      walkGuard(guard, inside);
    else if (guard.kind == Guard::Kind::Exists)
      for (Guard &part : guard.parts)
        if (part.kind == Guard::Kind::Positive)
          restrict(*part.expr);
  }
}

void BodyPass::finish() {
  equation.guards = std::move(prefix);
  std::move(rest.begin(), rest.end(), std::back_inserter(equation.guards));
}

} // namespace tl::sema
