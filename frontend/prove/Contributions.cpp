// What an element of a tensor is made of.
#include "frontend/prove/Proof.h"

#include "frontend/sema/Walk.h"

#include <algorithm>
#include <cmath>

namespace tl::prove {

using sema::Equation;
using sema::Expr;

namespace {

/// The first projection over variables inside `expr`, itself included: what a function around it is applied
/// to is a sum, and its addends are what contributes.
const Expr *innerProjection(const Expr &expr) {
  if (expr.kind == Expr::Kind::Project && !expr.variables.empty())
    return &expr;
  for (const sema::ExprPtr &operand : expr.operands)
    if (const Expr *found = innerProjection(*operand))
      return found;
  return nullptr;
}

} // namespace

void Prover::contributeTerm(const Equation &equation, const sema::Term &term, const Binding &head,
                            const std::vector<std::int64_t> &place, std::vector<Contribution> &all) {
  Matches matches(evidence, finder, equation);
  std::vector<const sema::Guard *> guards;
  for (const sema::Guard &guard : equation.guards)
    guards.push_back(&guard);
  for (const sema::Guard &literal : term.literals)
    guards.push_back(&literal);
  std::set<sema::VariableId> wanted(term.projected.begin(), term.projected.end());
  for (const sema::IndexExpr &index : equation.head)
    sema::addVariables(index, wanted);
  const Expr *inner = innerProjection(*term.value);
  if (inner)
    wanted.insert(inner->variables.begin(), inner->variables.end());
  const Expr *body = inner ? inner->operands[0].get() : term.value.get();
  matches.each(
      guards, head, wanted, [](const sema::Guard &, std::size_t) { return true; },
      [&](const Binding &binding) {
        for (std::size_t axis = 0; axis < equation.head.size(); ++axis)
          if (matches.values().index(equation.head[axis], binding) != place[axis])
            return true;
        if (std::optional<double> value = matches.values().value(*body, binding))
          all.push_back({equation.id, body, binding, *value, all.size()});
        return true;
      });
  if (!matches.values().unknown.empty())
    unknown = matches.values().unknown;
}

Contributions Prover::contribute(TensorId tensor, const std::vector<std::int64_t> &place, std::size_t most) {
  std::vector<Contribution> all;
  for (sema::EquationId id : evidence.program->tensors[tensor].equations) {
    const Equation &equation = evidence.program->equations[id];
    Matches matches(evidence, finder, equation);
    Binding head(equation.variables.size());
    std::vector<runtime::Cell> cells(place.begin(), place.end());
    if (!matches.unify(equation.head, cells, head))
      continue;
    for (const sema::Term &term : equation.terms)
      if (term.value)
        contributeTerm(equation, term, head, place, all);
  }
  const sema::Monoid monoid = evidence.program->tensors[tensor].monoid;
  std::sort(all.begin(), all.end(), [&](const Contribution &lhs, const Contribution &rhs) {
    double left = std::abs(lhs.value), right = std::abs(rhs.value);
    if (monoid == sema::Monoid::Max || monoid == sema::Monoid::Min) {
      left = monoid == sema::Monoid::Max ? lhs.value : -lhs.value;
      right = monoid == sema::Monoid::Max ? rhs.value : -rhs.value;
    }
    return left != right ? left > right : lhs.order < rhs.order;
  });
  Contributions result;
  result.count = all.size();
  for (std::size_t number = most; number < all.size(); ++number)
    result.rest += all[number].value;
  all.resize(std::min(all.size(), most));
  result.largest = std::move(all);
  return result;
}

} // namespace tl::prove
