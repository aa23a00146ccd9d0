// How two axes have come to be of one class.
#include "frontend/sema/ExtentChain.h"

#include "frontend/sema/OrderReads.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tl::sema {
namespace {

using AxisOf = std::pair<TensorId, std::size_t>;

/// One variable of one equation at one axis.
struct Use {
  AxisOf axis;
  SourceRange place;
};

/// Uses that share a variable; a reduction's own index goes with the others of its name.
struct Meeting {
  std::string variable;
  std::vector<Use> uses;
};

std::vector<Meeting> meetingsOf(TypedProgram &program, ClassId axisClass) {
  std::vector<Meeting> meetings;
  for (Equation &equation : program.equations) {
    std::map<std::string, std::vector<Use>> byName;
    auto look = [&](TensorId tensor, const std::vector<IndexExpr> &indices, SourceRange range) {
      const std::vector<ClassId> &axes = program.tensors[tensor].axes;
      for (std::size_t axis = 0; axis < std::min(indices.size(), axes.size()); ++axis)
        if (std::optional<VariableId> variable = indices[axis].plainVariable();
            variable && axes[axis] == axisClass && equation.variables[*variable].name != "_")
          byName[equation.variables[*variable].name].push_back({{tensor, axis}, range});
    };
    look(equation.tensor, equation.head, equation.range);
    visitExprs(equation, [&](Expr &expr, const ExprContext &) {
      if (readsTensor(expr))
        look(expr.tensor, expr.indices, expr.range);
    });
    for (auto &[name, uses] : byName)
      if (uses.size() > 1)
        meetings.push_back({name, std::move(uses)});
  }
  return meetings;
}

} // namespace

/// Breadth first from all axes of `first`, so that the chain found is a shortest one.
std::vector<ChainLink> chainBetween(TypedProgram &program, ClassId axisClass, TensorId first, TensorId last) {
  const std::vector<Meeting> meetings = meetingsOf(program, axisClass);
  std::map<AxisOf, std::vector<std::size_t>> meetingsAt;
  for (std::size_t number = 0; number < meetings.size(); ++number)
    for (const Use &use : meetings[number].uses)
      meetingsAt[use.axis].push_back(number);
  std::map<AxisOf, std::pair<AxisOf, ChainLink>> cameFrom;
  std::vector<AxisOf> queue;
  std::vector<bool> isDone(meetings.size());
  for (std::size_t axis = 0; axis < program.tensors[first].axes.size(); ++axis)
    if (program.tensors[first].axes[axis] == axisClass)
      queue.emplace_back(first, axis);
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const AxisOf here = queue[next];
    if (here.first == last && last != first) {
      std::vector<ChainLink> chain;
      for (auto step = cameFrom.find(here); step != cameFrom.end(); step = cameFrom.find(step->second.first))
        chain.push_back(step->second.second);
      std::reverse(chain.begin(), chain.end());
      return chain;
    }
    for (std::size_t number : meetingsAt[here]) {
      if (isDone[number])
        continue;
      isDone[number] = true;
      for (const Use &use : meetings[number].uses)
        if (use.axis.first != first && !cameFrom.count(use.axis)) {
          cameFrom[use.axis] = {here, {meetings[number].variable, here.first, use.axis.first, use.place}};
          queue.push_back(use.axis);
        }
    }
  }
  return {};
}

} // namespace tl::sema
