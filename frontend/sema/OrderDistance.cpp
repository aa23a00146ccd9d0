// How far the position that an equation computes lies from a position that it reads.
#include "frontend/sema/OrderDistance.h"

namespace tl::sema {
namespace {

// Differences beyond this are as good as unbounded.
constexpr std::int64_t kFar = std::int64_t{1} << 60;
// Offsets below this cannot overflow a sum along a path over all variables.
constexpr std::int64_t kLargestOffset = std::int64_t{1} << 40;

} // namespace

std::optional<Position> positionOf(const IndexExpr &index) {
  if (index.kind != IndexExpr::Kind::Affine || index.divisor != 1 || index.modulus != 0 || index.sizeOf ||
      index.slice || !index.flattened.empty() || index.terms.size() > 1)
    return std::nullopt;
  if (index.constant > kLargestOffset || index.constant < -kLargestOffset)
    return std::nullopt;
  if (index.terms.empty())
    return Position{std::nullopt, index.constant};
  if (index.terms[0].coefficient != 1)
    return std::nullopt;
  return Position{index.terms[0].variable, index.constant};
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
  auto side = [](const Expr &operand) -> std::optional<Position> {
    if (operand.kind == Expr::Kind::IndexValue)
      return positionOf(operand.index);
    if (operand.kind == Expr::Kind::Number && operand.type == ValueType::Integer &&
        operand.integer < kLargestOffset && operand.integer > -kLargestOffset)
      return Position{std::nullopt, operand.integer};
    return std::nullopt;
  };
  std::optional<Position> lhs = side(*expr.operands[0]), rhs = side(*expr.operands[1]);
  if (!lhs || !rhs)
    return;
  if (expr.function == "lt" || expr.function == "le" || expr.function == "eq")
    addAtMost(*lhs, *rhs, expr.function == "lt" ? -1 : 0);
  if (expr.function == "gt" || expr.function == "ge" || expr.function == "eq")
    addAtMost(*rhs, *lhs, expr.function == "gt" ? -1 : 0);
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
