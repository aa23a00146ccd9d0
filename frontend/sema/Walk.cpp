// Which variables an expression mentions.
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

void addFree(const Expr &expr, std::set<VariableId> &into) {
  std::set<VariableId> inside;
  forEachIndex(expr, [&](const IndexExpr &index) { addVariables(index, inside); });
  for (const ExprPtr &operand : expr.operands)
    addFree(*operand, inside);
  if (expr.kind == Expr::Kind::Project || expr.kind == Expr::Kind::Matrix)
    for (VariableId variable : expr.variables)
      inside.erase(variable);
  if (expr.kind == Expr::Kind::Random)
    inside.insert(expr.variables.begin(), expr.variables.end());
  into.insert(inside.begin(), inside.end());
}

void visitIndex(IndexExpr &index, const std::function<void(VariableId &)> &visit) {
  for (AffineTerm &term : index.terms)
    visit(term.variable);
  for (VariableId &variable : index.flattened)
    visit(variable);
  if (index.sizeOf)
    visit(*index.sizeOf);
}

void rename(IndexExpr &index, VariableId from, VariableId to) {
  for (AffineTerm &term : index.terms)
    if (term.variable == from)
      term.variable = to;
  std::sort(index.terms.begin(), index.terms.end(),
            [](const AffineTerm &lhs, const AffineTerm &rhs) { return lhs.variable < rhs.variable; });
  std::replace(index.flattened.begin(), index.flattened.end(), from, to);
  if (index.sizeOf == from)
    index.sizeOf = to;
}

} // namespace

void renameVariable(Expr &expr, VariableId from, VariableId to) {
  walk(expr, [&](Expr &part) {
    forEachIndex(part, [&](IndexExpr &index) { rename(index, from, to); });
    std::replace(part.variables.begin(), part.variables.end(), from, to);
  });
}

void forEachVariable(Equation &equation, const std::function<void(VariableId &)> &visit) {
  auto index = [&](IndexExpr &index) { visitIndex(index, visit); };
  for (IndexExpr &position : equation.head)
    index(position);
  if (equation.virtualPosition)
    index(*equation.virtualPosition);
  for (Term &term : equation.terms)
    for (VariableId &variable : term.projected)
      visit(variable);
  forEachGuard(equation.guards, [&](Guard &guard) {
    if (guard.kind == Guard::Kind::Bind) {
      visit(guard.variable);
      index(guard.binding);
    }
    for (VariableId &variable : guard.existential)
      visit(variable);
  });
  walkEquation(equation, [&](Expr &expr) {
    forEachIndex(expr, index);
    for (VariableId &variable : expr.variables)
      visit(variable);
  });
}

void dropUnusedVariables(Equation &equation) {
  std::vector<bool> isUsed(equation.variables.size());
  forEachVariable(equation, [&](VariableId &variable) { isUsed[variable] = true; });
  std::vector<VariableId> number(equation.variables.size());
  std::vector<Variable> kept;
  for (VariableId id = 0; id < isUsed.size(); ++id)
    if (isUsed[id]) {
      number[id] = static_cast<VariableId>(kept.size());
      kept.push_back(std::move(equation.variables[id]));
    }
  equation.variables = std::move(kept);
  forEachVariable(equation, [&](VariableId &variable) { variable = number[variable]; });
}

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
