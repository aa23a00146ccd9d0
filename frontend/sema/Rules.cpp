// Range restriction: every variable of a rule takes its values from somewhere.
#include "frontend/sema/Build.h"
#include "frontend/sema/Guards.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

bool allBound(const Expr &expr, const std::set<VariableId> &bound) {
  std::set<VariableId> free = freeVariables(expr);
  return std::includes(bound.begin(), bound.end(), free.begin(), free.end());
}

/// The variable that `condition` bounds from above by an expression over `bound`.
std::optional<VariableId> boundedBy(const Expr &condition, const std::set<VariableId> &bound) {
  bool isLess = isApply(condition, "lt") || isApply(condition, "le");
  bool isGreater = isApply(condition, "gt") || isApply(condition, "ge");
  if (!isLess && !isGreater)
    return std::nullopt;
  const Expr &smaller = *condition.operands[isLess ? 0 : 1], &larger = *condition.operands[isLess ? 1 : 0];
  std::optional<VariableId> variable =
      smaller.kind == Expr::Kind::IndexValue ? smaller.index.plainVariable() : std::nullopt;
  return variable && !bound.count(*variable) && allBound(larger, bound) ? variable : std::nullopt;
}

/// `Free(t+1,x) <- Cell(x), not Taken(t,x)`: the steps of a recurrence bound t, not a literal.
void addSteps(const Equation &rule, std::set<VariableId> &bound) {
  std::set<VariableId> negated;
  for (const Guard &guard : rule.guards)
    if (guard.kind == Guard::Kind::Negative)
      negated.merge(freeVariables(guard));
  for (const IndexExpr &index : rule.head)
    if (index.terms.size() == 1 && index.constant != 0 && negated.count(index.terms[0].variable))
      bound.insert(index.terms[0].variable);
}

} // namespace

std::set<VariableId> boundedByComparison(const Equation &equation, std::set<VariableId> bound) {
  for (bool progress = true; progress;) {
    progress = false;
    for (const Guard &guard : equation.guards)
      if (guard.kind == Guard::Kind::Holds)
        if (std::optional<VariableId> variable = boundedBy(*guard.expr, bound))
          progress = bound.insert(*variable).second;
  }
  return bound;
}

void checkRangeRestriction(const Equation &rule, const TypedProgram &program,
                           source::DiagnosticEngine &diagnostics) {
  std::set<VariableId> bound, mentioned;
  forEachGuard(rule.guards, [&](const Guard &guard) {
    if (guard.kind == Guard::Kind::Bind)
      bound.insert(guard.variable);
  });
  walkEquation(rule, [&](const Expr &expr) {
    if (expr.kind == Expr::Kind::Literal)
      for (const IndexExpr &index : expr.indices)
        if (index.plainVariable())
          bound.insert(*index.plainVariable());
    if (expr.kind == Expr::Kind::Element)
      for (const IndexExpr &index : expr.indices)
        for (const AffineTerm &term : index.terms)
          bound.insert(term.variable);
    if (expr.kind == Expr::Kind::Project)
      bound.insert(expr.variables.begin(), expr.variables.end());
  });
  addSteps(rule, bound);
  bound = boundedByComparison(rule, std::move(bound));
  for (const IndexExpr &index : rule.head)
    addVariables(index, mentioned);
  forEachGuard(rule.guards, [&](const Guard &guard) {
    for (VariableId id : freeVariables(guard))
      if (guard.kind != Guard::Kind::Negative || rule.variables[id].name != "_")
        mentioned.insert(id);
  });
  for (VariableId id : mentioned) {
    if (bound.count(id))
      continue;
    const Variable &variable = rule.variables[id];
    auto &report =
        diagnostics.report(source::DiagnosticId::UnboundVariable, variable.range,
                           "nothing in the body of this rule for '" + program.tensors[rule.tensor].name +
                               "' binds '" + variable.name + "'");
    report.labels.push_back({rule.range, "no positive literal here has '" + variable.name + "'"});
    report.hint = "add a literal that says which values '" + variable.name + "' takes";
  }
}

} // namespace tl::sema
