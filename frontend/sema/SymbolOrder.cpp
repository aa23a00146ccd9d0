// Functions and projections that look at which index comes first.
#include "frontend/sema/SymbolOrder.h"

#include "frontend/sema/Functions.h"
#include "frontend/sema/Walk.h"

namespace tl::sema {
namespace {

bool looksAtOrder(const Expr &expr) {
  if (expr.kind == Expr::Kind::Project)
    return expr.projection == "argmax" || expr.projection == "argmin";
  return expr.kind == Expr::Kind::Normalize &&
         findFunction(expr.function)->kind != Function::Kind::Normalizing;
}

} // namespace

std::set<ClassId> orderedSymbols(const TypedProgram &program) {
  std::set<ClassId> classes;
  for (const Equation &equation : program.equations)
    walkEquation(equation, [&](const Expr &expr) {
      if (!looksAtOrder(expr))
        return;
      for (VariableId id : expr.variables) {
        const Variable &variable = equation.variables[id];
        if (!variable.hasClass)
          continue;
        const AxisClass &axisClass = program.classes[variable.axisClass];
        if (axisClass.kind == AxisClass::Kind::Symbol && axisClass.domain.empty())
          classes.insert(variable.axisClass);
      }
    });
  return classes;
}

} // namespace tl::sema
