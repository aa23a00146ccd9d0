// Which indices of relations may take more symbols and integers than there are when a program is compiled.
#include "frontend/driver/OpenClasses.h"

#include "frontend/sema/OrderReads.h"
#include "frontend/sema/SymbolOrder.h"

#include <algorithm>

namespace tl::driver {
namespace {

bool hasAxis(const sema::TensorSymbol &tensor, sema::ClassId axisClass) {
  return std::find(tensor.axes.begin(), tensor.axes.end(), axisClass) != tensor.axes.end();
}

/// A variable that a literal generates takes what its rows have; any other counts. So does `size(i)`, of a
/// variable that may be generated.
bool countsThrough(sema::Equation &equation, sema::ClassId axisClass) {
  auto counts = [&](const sema::Variable &variable) {
    return variable.hasClass && variable.axisClass == axisClass && !variable.isGenerated;
  };
  if (std::any_of(equation.variables.begin(), equation.variables.end(), counts))
    return true;
  bool asksForSize = false;
  sema::visitIndices(equation, [&](sema::IndexExpr &index) {
    if (index.sizeOf)
      asksForSize |= equation.variables[*index.sizeOf].axisClass == axisClass;
  });
  return asksForSize;
}

} // namespace

bool canOpen(sema::TypedProgram &program, sema::ClassId axisClass) {
  if (!program.classes[axisClass].domain.empty() || sema::orderedSymbols(program).count(axisClass))
    return false;
  auto isFixedBy = [&](const sema::TensorSymbol &tensor) {
    return tensor.kind == sema::TensorKind::Dense && hasAxis(tensor, axisClass);
  };
  auto isCounted = [&](sema::Equation &equation) { return countsThrough(equation, axisClass); };
  auto showsAll = [&](const sema::Query &query) {
    return query.kind == sema::Query::Kind::Tensor && hasAxis(program.tensors[query.tensor], axisClass);
  };
  return std::none_of(program.tensors.begin(), program.tensors.end(), isFixedBy) &&
         std::none_of(program.equations.begin(), program.equations.end(), isCounted) &&
         std::none_of(program.queries.begin(), program.queries.end(), showsAll);
}

} // namespace tl::driver
