// Makes a reduction's variable and its namesake in the guards one.
#include "frontend/sema/Adopt.h"

#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

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

void rename(Expr &expr, VariableId from, VariableId to) {
  walk(expr, [&](Expr &part) {
    forEachIndex(part, [&](IndexExpr &index) { rename(index, from, to); });
    std::replace(part.variables.begin(), part.variables.end(), from, to);
  });
}

/// Variables of the statement's own level: on the left, in a term, not those a reduction binds.
std::set<VariableId> ownVariables(const Equation &equation) {
  std::set<VariableId> own;
  for (const IndexExpr &index : equation.head)
    addVariables(index, own);
  for (const Term &term : equation.terms) {
    for (const Guard &literal : term.literals)
      own.merge(freeVariables(literal));
    if (term.value)
      own.merge(freeVariables(*term.value));
  }
  return own;
}

} // namespace

void adoptGuardVariables(Equation &equation) {
  std::set<VariableId> own = ownVariables(equation), guarded;
  for (const Guard &guard : equation.guards)
    guarded.merge(freeVariables(guard));
  for (VariableId wanted : guarded) {
    if (own.count(wanted) || equation.variables[wanted].name == "_")
      continue;
    for (Term &term : equation.terms) {
      if (!term.value)
        continue;
      walk(*term.value, [&](Expr &expr) {
        if (expr.kind != Expr::Kind::Project)
          return;
        for (VariableId bound : std::vector<VariableId>(expr.variables))
          if (bound != wanted && equation.variables[bound].name == equation.variables[wanted].name)
            rename(expr, bound, wanted);
      });
    }
  }
}

} // namespace tl::sema
