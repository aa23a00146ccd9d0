// The order of evaluation of a program with restricted relations.
#include "frontend/sema/DemandOrder.h"

#include "frontend/sema/Needed.h"
#include "frontend/sema/OrderGraph.h"

#include <algorithm>

namespace tl::sema {
namespace {

/// The graph of what is evaluated together: an old component or a new tensor.
struct Units {
  std::size_t components;
  std::vector<std::uint32_t> ofTensor;
  Graph graph;
};

Units unitsOf(const TypedProgram &program, std::size_t originals) {
  Units units{program.components.size(), std::vector<std::uint32_t>(program.tensors.size(), 0), {}};
  for (std::size_t number = 0; number < units.components; ++number)
    for (TensorId tensor : program.components[number].tensors)
      units.ofTensor[tensor] = static_cast<std::uint32_t>(number);
  for (std::size_t tensor = originals; tensor < program.tensors.size(); ++tensor)
    units.ofTensor[tensor] = static_cast<std::uint32_t>(units.components + tensor - originals);
  units.graph.resize(units.components + program.tensors.size() - originals);
  for (TensorId tensor = 0; tensor < program.tensors.size(); ++tensor)
    for (EquationId id : program.tensors[tensor].equations)
      for (TensorId read : program.equations[id].reads)
        if (units.ofTensor[read] != units.ofTensor[tensor] || tensor >= originals)
          units.graph[units.ofTensor[tensor]].push_back(units.ofTensor[read]);
  return units;
}

/// One new component, or nothing when its recursion is not monotone.
std::optional<Component> componentOf(const TypedProgram &program, const std::vector<TensorId> &tensors) {
  Component component;
  component.tensors = tensors;
  auto isInside = [&](TensorId tensor) { return std::binary_search(tensors.begin(), tensors.end(), tensor); };
  for (TensorId tensor : tensors)
    for (EquationId id : program.tensors[tensor].equations) {
      const Equation &rule = program.equations[id];
      if (std::any_of(rule.negatedReads.begin(), rule.negatedReads.end(), isInside))
        return std::nullopt;
      bool isRecursive = std::any_of(rule.reads.begin(), rule.reads.end(), isInside);
      (isRecursive ? component.equations : component.base).push_back(id);
    }
  if (!component.equations.empty()) {
    component.kind = Component::Kind::Fixpoint;
    component.isBoolean = component.isIdempotent = true;
  }
  return component;
}

} // namespace

bool orderRestricted(TypedProgram &program, std::size_t originals) {
  const Units units = unitsOf(program, originals);
  const std::vector<std::vector<std::uint32_t>> groups = orderedComponents(units.graph);
  std::map<std::size_t, Component> added; // by group
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const std::vector<std::uint32_t> &members = groups[group];
    if (members.front() < units.components) {
      if (members.size() > 1)
        return false;
      continue;
    }
    std::vector<TensorId> tensors;
    for (std::uint32_t unit : members)
      tensors.push_back(static_cast<TensorId>(unit - units.components + originals));
    std::optional<Component> component = componentOf(program, tensors);
    if (!component)
      return false;
    added.emplace(group, *std::move(component));
  }
  std::vector<Component> ordered;
  for (std::size_t group = 0; group < groups.size(); ++group)
    ordered.push_back(added.count(group) ? std::move(added.at(group))
                                         : std::move(program.components[groups[group].front()]));
  program.components = std::move(ordered);
  return true;
}

namespace {

/// The largest (`descending`: smallest) position along `axis` that the queries of `tensor` ask for; none when
/// some query asks for all.
std::optional<std::int64_t> askedPosition(const TypedProgram &program, TensorId tensor, std::size_t axis,
                                          bool descending) {
  std::optional<std::int64_t> asked;
  for (const Query &query : program.queries) {
    if (query.tensor != tensor)
      continue;
    if (query.isBare || axis >= query.arguments.size() ||
        query.arguments[axis].kind != QueryArgument::Kind::Integer)
      return std::nullopt;
    const std::int64_t position = query.arguments[axis].integer;
    asked = !asked ? position : descending ? std::min(*asked, position) : std::max(*asked, position);
  }
  return asked;
}

/// How far what a step writes is from the step's own position; none without an equation that tells.
std::optional<std::int64_t> shiftOf(const TypedProgram &program, const Component &scan, TensorId tensor,
                                    std::size_t axis) {
  for (const StepPosition &position : scan.positions) {
    const Equation &equation = program.equations[position.equation];
    if (equation.tensor != tensor || !position.variable)
      continue;
    const IndexExpr &index = equation.head[axis];
    bool isOffset = index.kind == IndexExpr::Kind::Affine && index.divisor == 1 && index.modulus == 0 &&
                    index.terms.size() == 1 && index.terms[0].variable == *position.variable &&
                    index.terms[0].coefficient == 1;
    return isOffset ? std::optional(position.offset + index.constant) : std::nullopt;
  }
  return std::nullopt;
}

/// Whether an equation outside the scan, or a file, needs one of its tensors.
bool isReadElsewhere(const TypedProgram &program, const Component &scan, const std::set<TensorId> &needed) {
  std::set<TensorId> own(scan.tensors.begin(), scan.tensors.end());
  for (const FileWrite &write : program.writes)
    if (own.count(write.tensor))
      return true;
  for (TensorId tensor : needed)
    for (EquationId id : program.tensors[tensor].equations)
      for (TensorId read : program.equations[id].reads)
        if (own.count(read) && !own.count(tensor))
          return true;
  return false;
}

bool shorten(TypedProgram &program, Component &scan) {
  std::optional<std::int64_t> last;
  for (std::size_t number = 0; number < scan.tensors.size(); ++number) {
    const TensorId tensor = scan.tensors[number];
    auto asks = [&](const Query &query) { return query.tensor == tensor; };
    if (std::none_of(program.queries.begin(), program.queries.end(), asks))
      continue;
    if (scan.scanAxis[number] < 0 || program.tensors[tensor].hasVirtualAxis)
      return false;
    const auto axis = static_cast<std::size_t>(scan.scanAxis[number]);
    std::optional<std::int64_t> asked = askedPosition(program, tensor, axis, scan.descending);
    std::optional<std::int64_t> shift = shiftOf(program, scan, tensor, axis);
    if (!asked || !shift)
      return false;
    const std::int64_t step = *asked - *shift;
    last = !last ? step : scan.descending ? std::min(*last, step) : std::max(*last, step);
  }
  const std::int64_t begin = scan.begin, end = scan.end;
  if (last && scan.descending)
    scan.begin = std::clamp(*last, begin, std::max(begin, end));
  else if (last)
    scan.end = std::clamp(*last + 1, begin, std::max(begin, end));
  return scan.begin != begin || scan.end != end;
}

} // namespace

bool shortenScans(TypedProgram &program) {
  const std::set<TensorId> needed = neededTensors(program);
  bool changed = false;
  for (Component &component : program.components)
    if (component.kind == Component::Kind::Scan && !isReadElsewhere(program, component, needed))
      changed = shorten(program, component) || changed;
  return changed;
}

} // namespace tl::sema
