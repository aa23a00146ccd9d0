// Makes a reduction's variable and its namesake in the guards one.
#include "frontend/sema/Adopt.h"

#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

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
            renameVariable(expr, bound, wanted);
      });
    }
  }
}

} // namespace tl::sema
