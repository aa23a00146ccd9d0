// Finds the nest of scans that a recursive component is.
#include "frontend/sema/OrderScan.h"

#include "frontend/sema/OrderGraph.h"
#include "frontend/sema/OrderZeros.h"

#include <algorithm>
#include <set>

namespace tl::sema {
namespace {

constexpr std::int32_t kVirtualAxis = -1;
constexpr std::int32_t kNoAxis = -2;
// A component that needs more is treated as having no such order; real programs need a few hundred.
constexpr std::size_t kSearchSteps = 20'000;
// The search recurses once a tensor; no nest of layers comes near.
constexpr std::size_t kMaxTensors = 2'000;

template <typename T> bool contains(const std::vector<T> &list, const T &value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// The index that a read has on an axis.
const IndexExpr *readIndex(const Expr &read, std::int32_t axis) {
  if (axis == kVirtualAxis)
    return read.virtualPosition ? &*read.virtualPosition : nullptr;
  if (axis < 0 || static_cast<std::size_t>(axis) >= read.indices.size())
    return nullptr;
  return &read.indices[axis];
}

/// The variable that runs over the states of the virtual tensors that an equation reads, if it is one.
std::optional<Position> timeVariable(const std::vector<Dependency> &dependencies, EquationId equation) {
  std::optional<Position> time;
  for (const Dependency &dependency : dependencies) {
    if (dependency.equation != equation || !dependency.read->virtualPosition)
      continue;
    std::optional<Position> position = positionOf(*dependency.read->virtualPosition);
    if (!position || !position->variable || (time && time->variable != position->variable))
      return std::nullopt;
    time = Position{position->variable, 0};
  }
  return time;
}

} // namespace

std::optional<Component> ScanSearch::find(const std::vector<TensorId> &tensors,
                                          const std::vector<Dependency> &dependencies) {
  if (tensors.size() > kMaxTensors)
    return std::nullopt;
  Level level;
  level.tensors = tensors;
  level.dependencies = dependencies;
  std::set<EquationId> recursive;
  for (const Dependency &dependency : dependencies)
    recursive.insert(dependency.equation);
  for (TensorId tensor : tensors) {
    level.isVirtual |= program.tensors[tensor].hasVirtualAxis;
    for (EquationId equation : program.tensors[tensor].equations) {
      const std::optional<IndexExpr> &time = program.equations[equation].virtualPosition;
      if (recursive.count(equation) || (time && !time->isConstant()))
        level.equations.push_back(equation);
    }
  }
  std::sort(level.equations.begin(), level.equations.end());
  std::optional<Component> scan = level.isVirtual ? findVirtual(level) : findSeeded(level);
  if (!scan)
    return std::nullopt;
  for (TensorId tensor : tensors)
    for (EquationId equation : program.tensors[tensor].equations)
      if (!std::binary_search(level.equations.begin(), level.equations.end(), equation))
        scan->base.push_back(equation);
  return scan;
}

/// Virtual tensors keep one state, so the outermost recurrence must be theirs.
std::optional<Component> ScanSearch::findVirtual(Level level) {
  Axes axes;
  for (TensorId tensor : level.tensors)
    if (program.tensors[tensor].hasVirtualAxis)
      axes[tensor] = kVirtualAxis;
  for (const auto &[tensor, axis] : axes)
    if (!isConsistent(level, axes, tensor))
      return std::nullopt;
  return complete(level, axes);
}

/// Somewhere in a recurrence a position strictly moves; starts from every place where one does.
std::optional<Component> ScanSearch::findSeeded(Level level) {
  for (bool descending : {false, true}) {
    level.descending = descending;
    std::set<std::tuple<TensorId, std::int32_t, TensorId, std::int32_t>> tried;
    for (const Dependency &seed : level.dependencies)
      for (std::int32_t target : candidates(level, seed.target))
        for (std::int32_t source : candidates(level, seed.source)) {
          if ((seed.target == seed.source && target != source) || ++steps > kSearchSteps)
            continue;
          std::optional<std::int64_t> moves = distance(seed, target, source, descending);
          if (!moves || *moves <= 0 || !tried.insert({seed.target, target, seed.source, source}).second)
            continue;
          if (directOnly && positionOf(program.equations[seed.equation].head[target])->variable !=
                                positionOf(seed.read->indices[source])->variable)
            continue;
          Axes axes{{seed.target, target}, {seed.source, source}};
          if (!isConsistent(level, axes, seed.target) || !isConsistent(level, axes, seed.source))
            continue;
          if (std::optional<Component> found = complete(level, axes))
            return found;
        }
  }
  return std::nullopt;
}

/// Extends `axes` to every tensor of the level, by backtracking along dependencies.
std::optional<Component> ScanSearch::complete(const Level &level, Axes &axes) {
  std::optional<TensorId> next;
  for (const Dependency &dependency : level.dependencies) {
    if (axes.count(dependency.target) && !axes.count(dependency.source))
      next = dependency.source;
    else if (axes.count(dependency.source) && !axes.count(dependency.target))
      next = dependency.target;
    if (next)
      break;
  }
  if (!next)
    return axes.size() == level.tensors.size() ? build(level, axes) : std::nullopt;
  for (std::int32_t axis : candidates(level, *next)) {
    if (++steps > kSearchSteps)
      return std::nullopt;
    axes[*next] = axis;
    if (isConsistent(level, axes, *next))
      if (std::optional<Component> found = complete(level, axes))
        return found;
  }
  axes.erase(*next);
  return std::nullopt;
}

std::vector<std::int32_t> ScanSearch::candidates(const Level &level, TensorId tensor) const {
  std::vector<std::int32_t> axes;
  const auto used = level.usedAxes.find(tensor);
  const auto rank = static_cast<std::int32_t>(program.tensors[tensor].axes.size());
  for (std::int32_t axis = 0; axis < rank; ++axis)
    if (used == level.usedAxes.end() || !contains(used->second, axis))
      axes.push_back(axis);
  if (level.isVirtual)
    axes.push_back(kNoAxis);
  return axes;
}

/// Whether every dependency between `tensor` and what `axes` already has a bounded distance.
bool ScanSearch::isConsistent(const Level &level, const Axes &axes, TensorId tensor) {
  for (const Dependency &dependency : level.dependencies) {
    if (dependency.target != tensor && dependency.source != tensor)
      continue;
    const auto target = axes.find(dependency.target), source = axes.find(dependency.source);
    if (target == axes.end() || source == axes.end())
      continue;
    if (!distance(dependency, target->second, source->second, level.descending))
      return false;
  }
  return true;
}

const DifferenceBounds &ScanSearch::boundsOf(const Dependency &dependency) {
  auto found = bounds.find(dependency.read);
  if (found == bounds.end()) {
    const Equation &equation = program.equations[dependency.equation];
    found = bounds.emplace(dependency.read, DifferenceBounds(equation)).first;
    addZeroBounds(program, equation, *dependency.read, found->second);
  }
  return found->second;
}

std::optional<Position> ScanSearch::headPosition(const Equation &equation, std::int32_t axis) const {
  if (axis == kVirtualAxis)
    return equation.virtualPosition ? positionOf(*equation.virtualPosition) : std::nullopt;
  if (axis < 0 || static_cast<std::size_t>(axis) >= equation.head.size())
    return std::nullopt;
  return positionOf(equation.head[axis]);
}

/// How far the computed position is ahead of the read one, at least; behind, when descending.
std::optional<std::int64_t> ScanSearch::distance(const Dependency &dependency, std::int32_t targetAxis,
                                                 std::int32_t sourceAxis, bool descending) {
  const Equation &equation = program.equations[dependency.equation];
  const IndexExpr *index = readIndex(*dependency.read, sourceAxis);
  std::optional<Position> read = index ? positionOf(*index) : std::nullopt;
  std::optional<Position> head = headPosition(equation, targetAxis);
  if (targetAxis == kNoAxis && sourceAxis == kVirtualAxis && read && read->variable)
    head = Position{read->variable, 0};
  if (!read || !head)
    return std::nullopt;
  // A row is normalised as a whole: its positions cannot be computed one after another.
  if (head->variable && contains(dependency.normalized, *head->variable))
    return std::nullopt;
  std::optional<std::int64_t> behind =
      descending ? boundsOf(dependency).largest(*head, *read) : boundsOf(dependency).largest(*read, *head);
  if (!behind)
    return std::nullopt;
  return -*behind;
}

/// By how much each tensor's positions are shifted against the step's, so that no read is ahead: T - U <=
/// distance for every T that reads U. None when some cycle goes backwards. All 0 when that serves.
std::optional<ScanSearch::Shifts> ScanSearch::shiftsOf(const Level &level, const Axes &axes) {
  struct Bound {
    TensorId from, to; // shift[to] - shift[from] <= limit
    std::int64_t limit;
  };
  std::vector<Bound> limits;
  std::optional<TensorId> anchor;
  for (TensorId tensor : level.tensors) {
    if (axes.at(tensor) != kVirtualAxis)
      continue;
    if (anchor) {
      limits.push_back({*anchor, tensor, 0});
      limits.push_back({tensor, *anchor, 0});
    } else {
      anchor = tensor;
    }
  }
  for (const Dependency &dependency : level.dependencies) {
    const std::int32_t source = axes.at(dependency.source);
    const std::int64_t ahead = *distance(dependency, axes.at(dependency.target), source, level.descending);
    limits.push_back({dependency.source, dependency.target, ahead});
    if (source == kVirtualAxis)
      limits.push_back(
          {dependency.target, dependency.source, 1 - ahead}); // only this state and the one before exist
  }
  Shifts shifts;
  for (TensorId tensor : level.tensors)
    shifts[tensor] = 0;
  bool changed = true;
  for (std::size_t round = 0; changed && round <= level.tensors.size(); ++round) {
    changed = false;
    for (const Bound &bound : limits)
      if (shifts[bound.from] + bound.limit < shifts[bound.to]) {
        shifts[bound.to] = shifts[bound.from] + bound.limit;
        changed = true;
      }
  }
  if (changed)
    return std::nullopt;
  const std::int64_t zero = anchor ? shifts[*anchor] : 0;
  for (auto &[tensor, shift] : shifts)
    shift -= zero;
  return shifts;
}

std::optional<Component> ScanSearch::build(const Level &level, const Axes &axes) {
  if (std::optional<Shifts> shifts = shiftsOf(level, axes))
    return buildWith(level, axes, *shifts);
  return std::nullopt;
}

std::optional<Component> ScanSearch::buildWith(const Level &level, const Axes &axes, const Shifts &shifts) {
  Component scan;
  scan.kind = Component::Kind::Scan;
  scan.tensors = level.tensors;
  scan.descending = level.descending;
  for (TensorId tensor : level.tensors)
    scan.scanAxis.push_back(axes.at(tensor));
  for (EquationId id : level.equations) {
    const Equation &equation = program.equations[id];
    const std::int32_t axis = axes.at(equation.tensor);
    std::optional<Position> head =
        axis == kNoAxis ? timeVariable(level.dependencies, id) : headPosition(equation, axis);
    if (!head)
      return std::nullopt;
    const std::int64_t shift = level.descending ? -shifts.at(equation.tensor) : shifts.at(equation.tensor);
    if (head->variable)
      scan.positions.push_back({id, head->variable, shift - head->offset});
    else
      scan.positions.push_back({id, std::nullopt, head->offset - shift});
  }
  std::vector<Dependency> samePosition;
  for (const Dependency &dependency : level.dependencies) {
    const std::int64_t ahead =
        *distance(dependency, axes.at(dependency.target), axes.at(dependency.source), level.descending) +
        shifts.at(dependency.source) - shifts.at(dependency.target);
    if (ahead == 0)
      samePosition.push_back(dependency);
  }
  Graph graph(level.tensors.size());
  auto place = [&](TensorId tensor) {
    return static_cast<std::uint32_t>(std::find(level.tensors.begin(), level.tensors.end(), tensor) -
                                      level.tensors.begin());
  };
  for (const Dependency &dependency : samePosition)
    graph[place(dependency.target)].push_back(place(dependency.source));
  for (const std::vector<std::uint32_t> &nodes : orderedComponents(graph)) {
    std::vector<TensorId> members;
    for (std::uint32_t node : nodes)
      members.push_back(level.tensors[node]);
    if (!addStep(scan, level, axes, members, samePosition))
      return std::nullopt;
  }
  return scan;
}

/// Adds what one position does for `members`: their equations, or a scan of its own when they are recursive
/// within a position.
bool ScanSearch::addStep(Component &scan, const Level &level, const Axes &axes,
                         const std::vector<TensorId> &members, const std::vector<Dependency> &samePosition) {
  Level inner;
  inner.tensors = members;
  for (const Dependency &dependency : samePosition)
    if (contains(members, dependency.target) && contains(members, dependency.source))
      inner.dependencies.push_back(dependency);
  std::vector<EquationId> base;
  for (EquationId id : level.equations) {
    if (!contains(members, program.equations[id].tensor))
      continue;
    const bool isRecursive =
        std::any_of(inner.dependencies.begin(), inner.dependencies.end(),
                    [&](const Dependency &dependency) { return dependency.equation == id; });
    (isRecursive ? inner.equations : base).push_back(id);
  }
  if (inner.dependencies.empty()) {
    if (base.empty())
      return true;
    Component &plain = scan.step.emplace_back();
    plain.tensors = members;
    plain.equations = std::move(base);
    return true;
  }
  inner.usedAxes = level.usedAxes;
  for (TensorId tensor : members)
    inner.usedAxes[tensor].push_back(axes.at(tensor));
  std::optional<Component> nested = findSeeded(inner);
  if (!nested)
    return false;
  nested->base = std::move(base);
  scan.step.push_back(std::move(*nested));
  return true;
}

} // namespace tl::sema
