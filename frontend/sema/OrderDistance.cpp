// How far the position that an equation computes lies from a position that it reads.
#include "frontend/sema/OrderDistance.h"

#include <cstdlib>

namespace tl::sema {
namespace {

// Differences beyond this are as good as unbounded.
constexpr std::int64_t kFar = std::int64_t{1} << 60;
// Offsets below this cannot overflow a sum along a path over all variables.
constexpr std::int64_t kLargestOffset = std::int64_t{1} << 40;

/// Whether an index is a sum of multiples of variables and a constant.
bool isLinear(const IndexExpr &index) {
  return index.kind == IndexExpr::Kind::Affine && index.divisor == 1 && index.modulus == 0 && !index.sizeOf &&
         !index.slice && index.flattened.empty();
}

bool isSmall(std::int64_t number) {
  return number < kLargestOffset && number > -kLargestOffset;
}

/// For a divisor above 0.
std::int64_t floorDivide(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

} // namespace

std::optional<Position> positionOf(const IndexExpr &index) {
  if (!isLinear(index) || index.terms.size() > 1 || !isSmall(index.constant))
    return std::nullopt;
  if (index.terms.empty())
    return Position{std::nullopt, index.constant};
  if (index.terms[0].coefficient != 1)
    return std::nullopt;
  return Position{index.terms[0].variable, index.constant};
}

/// Adds a multiple of one side of a comparison; false when that is not linear, or too large to add up.
bool DifferenceBounds::Linear::add(const Expr &expr, std::int64_t factor) {
  if (expr.kind == Expr::Kind::Number && expr.type == ValueType::Integer) {
    constant += factor * expr.integer;
    return isSmall(expr.integer);
  }
  if (expr.kind != Expr::Kind::IndexValue || !isLinear(expr.index) || !isSmall(expr.index.constant))
    return false;
  constant += factor * expr.index.constant;
  for (const AffineTerm &term : expr.index.terms) {
    if (!isSmall(term.coefficient))
      return false;
    auto [known, isNew] = terms.emplace(term.variable, 0);
    known->second += factor * term.coefficient;
    if (known->second == 0)
      terms.erase(known);
  }
  return true;
}

DifferenceBounds::Linear DifferenceBounds::Linear::negated() const {
  Linear result = *this;
  result.constant = -constant;
  for (auto &[variable, coefficient] : result.terms)
    coefficient = -coefficient;
  return result;
}

DifferenceBounds::DifferenceBounds(const Equation &equation)
    : zero(static_cast<std::uint32_t>(equation.variables.size())) {
  // Index variables are never negative.
  for (std::uint32_t variable = 0; variable < zero; ++variable)
    bounds.push_back({variable, zero, 0});
  for (const Guard &guard : equation.guards)
    addGuard(guard);
}

std::uint32_t DifferenceBounds::node(const Position &position) const {
  return position.variable ? *position.variable : zero;
}

void DifferenceBounds::addAtMost(const Position &lhs, const Position &rhs, std::int64_t limit) {
  bounds.push_back({node(rhs), node(lhs), limit + rhs.offset - lhs.offset});
}

void DifferenceBounds::addGuard(const Guard &guard) {
  if (guard.kind == Guard::Kind::Holds && guard.expr)
    return addComparison(*guard.expr);
  if (guard.kind != Guard::Kind::Bind)
    return;
  if (std::optional<Position> value = positionOf(guard.binding)) {
    addAtMost({guard.variable, 0}, *value, 0);
    addAtMost(*value, {guard.variable, 0}, 0);
  }
}

void DifferenceBounds::addComparison(const Expr &expr) {
  if (expr.kind != Expr::Kind::Apply)
    return;
  if (expr.function == "and") {
    for (const ExprPtr &operand : expr.operands)
      addComparison(*operand);
    return;
  }
  if (expr.operands.size() != 2)
    return;
  Linear difference;
  if (!difference.add(*expr.operands[0], 1) || !difference.add(*expr.operands[1], -1))
    return;
  const std::string &comparison = expr.function;
  if (comparison == "lt" || comparison == "le" || comparison == "eq")
    addNotPositive(difference, comparison == "lt" ? 1 : 0);
  if (comparison == "gt" || comparison == "ge" || comparison == "eq")
    addNotPositive(difference.negated(), comparison == "gt" ? 1 : 0);
}

/// c v - c w + d + more <= 0 is v - w <= floor(-(d + more) / c), whatever c > 0 is; v or w may be missing.
void DifferenceBounds::addNotPositive(const Linear &form, std::int64_t more) {
  Position positive, negative;
  std::int64_t coefficient = 0;
  for (auto [variable, factor] : form.terms) {
    Position &side = factor > 0 ? positive : negative;
    if (side.variable || (coefficient != 0 && std::abs(factor) != coefficient))
      return;
    coefficient = std::abs(factor);
    side.variable = variable;
  }
  if (coefficient != 0)
    addAtMost(positive, negative, floorDivide(-(form.constant + more), coefficient));
}

std::optional<std::int64_t> DifferenceBounds::largest(const Position &lhs, const Position &rhs) const {
  // Shortest paths from `rhs`: bounds that chain add up. Contradictory guards make a negative cycle, so
  // rounds are capped.
  std::vector<std::int64_t> distance(zero + 1, kFar);
  distance[node(rhs)] = 0;
  bool changed = true;
  for (std::uint32_t round = 0; changed && round <= zero + 1; ++round) {
    changed = false;
    for (const Bound &bound : bounds)
      if (distance[bound.from] < kFar && distance[bound.from] + bound.limit < distance[bound.to]) {
        distance[bound.to] = distance[bound.from] + bound.limit;
        changed = true;
      }
  }
  const std::int64_t found = distance[node(lhs)];
  if (found >= kFar / 2 || found <= -kFar)
    return std::nullopt;
  return found + lhs.offset - rhs.offset;
}

} // namespace tl::sema
