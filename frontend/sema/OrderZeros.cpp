// What a product implies about the indices of its factors where it is not zero.
#include "frontend/sema/OrderZeros.h"

#include <algorithm>

namespace tl::sema {
namespace {

// Searching an expression for each of its reads is quadratic; beyond this, factors are not looked at.
constexpr std::size_t kMaxVisited = 20'000;

bool isApply(const Expr &expr, const char *function) {
  return expr.kind == Expr::Kind::Apply && expr.function == function;
}

/// The expressions from the root down to `wanted`; empty when it is not below.
class PathSearch {
public:
  explicit PathSearch(const Expr &wanted) : wanted(wanted) {}

  bool find(const Expr &expr) {
    if (++visited > kMaxVisited)
      return false;
    path.push_back(&expr);
    if (&expr == &wanted)
      return true;
    for (const ExprPtr &operand : expr.operands)
      if (find(*operand))
        return true;
    for (const IndexExpr &index : expr.indices)
      if (index.value && find(*index.value))
        return true;
    path.pop_back();
    return false;
  }
  const std::vector<const Expr *> &found() const { return path; }

private:
  const Expr &wanted;
  std::vector<const Expr *> path;
  std::size_t visited = 0;
};

/// Elements and literals whose being zero makes `expr` zero.
void addFactors(const Expr &expr, std::vector<const Expr *> &factors) {
  if (expr.kind == Expr::Kind::Element || expr.kind == Expr::Kind::Literal || expr.kind == Expr::Kind::Test)
    factors.push_back(&expr);
  if (isApply(expr, "mul"))
    for (const ExprPtr &operand : expr.operands)
      addFactors(*operand, factors);
  if ((isApply(expr, "neg") || isApply(expr, "div")) && !expr.operands.empty())
    addFactors(*expr.operands[0], factors);
}

/// Guards bound the indices of every element that is not zero only where no data and no other value fills in.
bool hasOnlyGuardedEquations(const TypedProgram &program, const TensorSymbol &tensor) {
  return !tensor.hasData() && !tensor.equations.empty() && tensor.monoid != Monoid::Multiply &&
         std::all_of(tensor.equations.begin(), tensor.equations.end(),
                     [&](EquationId id) { return !program.equations[id].guards.empty(); });
}

/// The largest difference of the indices on two axes at which an element of the tensor can be other than
/// zero.
std::optional<std::int64_t> largestDifference(const TypedProgram &program, const TensorSymbol &tensor,
                                              std::size_t axis, std::size_t other) {
  std::optional<std::int64_t> largest;
  for (EquationId id : tensor.equations) {
    const Equation &equation = program.equations[id];
    std::optional<Position> lhs = positionOf(equation.head[axis]), rhs = positionOf(equation.head[other]);
    if (!lhs || !rhs || !lhs->variable || !rhs->variable)
      return std::nullopt;
    std::optional<std::int64_t> difference = DifferenceBounds(equation).largest(*lhs, *rhs);
    if (!difference)
      return std::nullopt;
    largest = std::max(largest.value_or(*difference), *difference);
  }
  return largest;
}

void addFactor(const TypedProgram &program, const Expr &factor, DifferenceBounds &bounds) {
  const TensorSymbol &tensor = program.tensors[factor.tensor];
  if (!hasOnlyGuardedEquations(program, tensor))
    return;
  for (std::size_t axis = 0; axis < factor.indices.size(); ++axis)
    for (std::size_t other = 0; other < factor.indices.size(); ++other) {
      std::optional<Position> lhs = positionOf(factor.indices[axis]), rhs = positionOf(factor.indices[other]);
      if (axis == other || !lhs || !rhs)
        continue;
      if (std::optional<std::int64_t> difference = largestDifference(program, tensor, axis, other))
        bounds.addAtMost(*lhs, *rhs, *difference);
    }
}

} // namespace

void addZeroBounds(const TypedProgram &program, const Equation &equation, const Expr &read,
                   DifferenceBounds &bounds) {
  PathSearch search(read);
  for (const Term &term : equation.terms)
    if (term.value && search.find(*term.value))
      break;
  std::vector<const Expr *> factors;
  for (const Expr *expr : search.found()) {
    if (isApply(*expr, "mul"))
      addFactors(*expr, factors);
    // `where(condition, value, 0)` is how a Boolean factor of a product is written.
    if (isApply(*expr, "where") && expr->operands.size() == 3 &&
        expr->operands[2]->kind == Expr::Kind::Number && expr->operands[2]->number == 0)
      bounds.addComparison(*expr->operands[0]);
  }
  for (const Guard &guard : equation.guards)
    if (guard.kind == Guard::Kind::Positive && guard.expr)
      factors.push_back(guard.expr.get());
  std::sort(factors.begin(), factors.end());
  factors.erase(std::unique(factors.begin(), factors.end()), factors.end());
  for (const Expr *factor : factors)
    if (factor != &read)
      addFactor(program, *factor, bounds);
}

} // namespace tl::sema
