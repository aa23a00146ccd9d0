// Which variables an expression mentions.
#include "frontend/sema/Walk.h"

namespace tl::sema {
namespace {

void addFree(const Expr &expr, std::set<VariableId> &into) {
  std::set<VariableId> inside;
  forEachIndex(expr, [&](const IndexExpr &index) { addVariables(index, inside); });
  for (const ExprPtr &operand : expr.operands)
    addFree(*operand, inside);
  if (expr.kind == Expr::Kind::Project)
    for (VariableId variable : expr.variables)
      inside.erase(variable);
  into.insert(inside.begin(), inside.end());
}

} // namespace

void addVariables(const IndexExpr &index, std::set<VariableId> &into) {
  for (const AffineTerm &term : index.terms)
    into.insert(term.variable);
  into.insert(index.flattened.begin(), index.flattened.end());
  if (index.value)
    addFree(*index.value, into);
}

std::set<VariableId> freeVariables(const Expr &expr) {
  std::set<VariableId> variables;
  addFree(expr, variables);
  return variables;
}

std::set<VariableId> freeVariables(const Guard &guard) {
  std::set<VariableId> variables;
  if (guard.expr)
    addFree(*guard.expr, variables);
  if (guard.kind == Guard::Kind::Bind) {
    variables.insert(guard.variable);
    addVariables(guard.binding, variables);
  }
  for (const Guard &part : guard.parts)
    variables.merge(freeVariables(part));
  for (VariableId variable : guard.existential)
    variables.erase(variable);
  return variables;
}

} // namespace tl::sema
