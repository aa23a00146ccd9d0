// Finds the nest of scans that a recursive component is.
#pragma once

#include "frontend/sema/OrderDistance.h"
#include "frontend/sema/TypedProgram.h"

#include <map>
#include <optional>
#include <vector>

namespace tl::sema {

/// One read of a member of a component by an equation of another (or the same) member.
struct Dependency {
  TensorId target = 0; ///< its equation reads
  TensorId source = 0; ///< what is read
  EquationId equation = 0;
  const Expr *read = nullptr;
  bool isNegated = false;
  std::vector<VariableId> normalized; ///< variables of enclosing softmax and the like
};

/// Looks for an index along which every cycle strictly ascends or strictly descends, and then, among what is
/// left within one position, for the next one (lexicographic order).
class ScanSearch {
public:
  /// `directOnly`: only `n+1` from `n` makes a recurrence, guards and bindings alone do not (recursion that a
  /// fixpoint also serves).
  ScanSearch(const TypedProgram &program, bool directOnly) : program(program), directOnly(directOnly) {}

  /// The scan over `tensors`, whose reads of each other are `dependencies`; none if there is no such order.
  std::optional<Component> find(const std::vector<TensorId> &tensors,
                                const std::vector<Dependency> &dependencies);

private:
  /// One level of the nest: what is being ordered, and the axes that enclosing levels have used.
  struct Level {
    std::vector<TensorId> tensors;
    std::vector<Dependency> dependencies;
    std::vector<EquationId> equations;
    std::map<TensorId, std::vector<std::int32_t>> usedAxes;
    bool isVirtual = false;
    bool descending = false;
  };
  using Axes = std::map<TensorId, std::int32_t>;
  using Shifts = std::map<TensorId, std::int64_t>;

  std::optional<Component> findVirtual(Level level);
  std::optional<Component> findSeeded(Level level);
  std::optional<Component> complete(const Level &level, Axes &axes);
  std::optional<Component> build(const Level &level, const Axes &axes);
  std::optional<Component> buildWith(const Level &level, const Axes &axes, const Shifts &shifts);
  bool addStep(Component &scan, const Level &level, const Axes &axes, const std::vector<TensorId> &members,
               const std::vector<Dependency> &samePosition);
  std::vector<std::int32_t> candidates(const Level &level, TensorId tensor) const;
  bool isConsistent(const Level &level, const Axes &axes, TensorId tensor);
  std::optional<Position> headPosition(const Equation &equation, std::int32_t axis) const;
  std::optional<std::int64_t> distance(const Dependency &dependency, std::int32_t targetAxis,
                                       std::int32_t sourceAxis, bool descending);
  std::optional<Shifts> shiftsOf(const Level &level, const Axes &axes);
  const DifferenceBounds &boundsOf(const Dependency &dependency);

  const TypedProgram &program;
  const bool directOnly;
  std::map<const Expr *, DifferenceBounds> bounds; ///< by read
  std::size_t steps = 0;                           ///< of the search, against kSearchSteps
};

} // namespace tl::sema
