// Numbering the draws of each tensor.
#include "frontend/sema/Draws.h"

#include "frontend/sema/Dump.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

bool draws(const Equation &equation) {
  bool found = false;
  walkEquation(equation, [&](const Expr &expr) { found = found || expr.kind == Expr::Kind::Random; });
  return found;
}

} // namespace

void numberDraws(TypedProgram &program) {
  for (TensorSymbol &tensor : program.tensors) {
    std::vector<std::pair<std::string, EquationId>> drawing;
    for (EquationId id : tensor.equations)
      if (draws(program.equations[id]))
        drawing.push_back({"", id});
    // The text of an equation costs time, and one alone needs no place among others.
    if (drawing.size() > 1)
      for (auto &[text, id] : drawing)
        text = toString(program, program.equations[id]);
    std::sort(drawing.begin(), drawing.end());
    std::int64_t number = 0;
    for (const auto &[text, id] : drawing)
      walkEquation(program.equations[id], [&](Expr &expr) {
        if (expr.kind != Expr::Kind::Random)
          return;
        expr.integer = number++;
        expr.tensor = program.equations[id].tensor;
      });
  }
}

bool isDrawn(const TypedProgram &program, TensorId tensor) {
  return std::ranges::any_of(program.tensors[tensor].equations,
                             [&](EquationId id) { return draws(program.equations[id]); });
}

std::set<ClassId> drawnSymbols(const TypedProgram &program, std::optional<ClassId> part) {
  std::set<ClassId> classes;
  for (const Equation &equation : program.equations)
    walkEquation(equation, [&](const Expr &expr) {
      if (expr.kind != Expr::Kind::Random)
        return;
      for (VariableId id : expr.variables) {
        const Variable &variable = equation.variables[id];
        if (variable.hasClass && (variable.axisClass == part ||
                                  program.classes[variable.axisClass].kind == AxisClass::Kind::Symbol))
          classes.insert(variable.axisClass);
      }
    });
  return classes;
}

std::string symbolKeysName(ClassId axisClass) {
  return "symbols of " + std::to_string(axisClass);
}

} // namespace tl::sema
