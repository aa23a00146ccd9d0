// The values that the variables of one equation can take.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <optional>
#include <vector>

namespace tl::sema {

/// Inclusive bounds; missing when unknown.
struct Interval {
  std::optional<std::int64_t> least, most;
  friend bool operator==(const Interval &, const Interval &) = default;
};

/// What is known of the axes so far. Virtual axes have classes of their own, after those of the program.
struct KnownExtents {
  std::vector<std::optional<std::int64_t>> extent; ///< by class
  std::vector<bool> isOpen;          ///< by class: relation columns may hold integers outside the extent
  std::vector<bool> isRecurrence;    ///< by class
  std::vector<bool> isCapped;        ///< by class: computed only as far as queries ask
  std::vector<ClassId> virtualClass; ///< by tensor
  std::vector<std::optional<std::int64_t>> largest; ///< by tensor: the largest element of integer data
  /// While extents are sought, classes without one are taken to hold no negative integers.
  bool isSearching = true;
  /// Reads of an equation's own component bound what nothing else does; the last resort.
  bool usesOwnReads = false;
};

/// A read of an axis: which index stands on it.
struct AxisUse {
  const IndexExpr *index;
  ClassId axisClass;
  TensorId tensor;
  bool isDense;
  bool isFilter; ///< a positive literal: assignments outside are dropped
};

/// Everything in an equation that bounds its variables.
class EquationRanges {
public:
  EquationRanges(const TypedProgram &program, Equation &equation, const KnownExtents &known);

  /// Bounds of every variable, as far as `known` gives them.
  std::vector<Interval> solve(const KnownExtents &known) const;
  /// Bounds of an index of the equation. Flattened ones: of the position within their own part.
  static Interval valueOf(const IndexExpr &index, const std::vector<Interval> &variables,
                          const KnownExtents &known, const Equation &equation);

  const std::vector<AxisUse> &uses() const { return reads; }
  /// Whether the right side has the variable, by itself, on an axis of this class.
  bool isOnAxisOf(VariableId variable, ClassId axisClass) const;
  /// Classes whose extents the bounds of `index` depend on.
  std::vector<ClassId> dependenciesOf(const IndexExpr &index, const KnownExtents &known) const;

private:
  /// terms + constant <= 0 in every assignment.
  struct Inequality {
    std::vector<AffineTerm> terms;
    std::int64_t constant;
  };
  struct Binding {
    VariableId variable;
    const IndexExpr *value;
  };
  /// `counter` counts singular values or eigenvalues: below the numbers of rows and of columns.
  struct Rank {
    VariableId counter, rows, columns;
  };
  class Solver;

  void addGuard(const Guard &guard);
  void addMatrix(const Expr &expr);
  void addComparison(const Expr &expr);
  void addAtMost(const IndexExpr &lhs, const IndexExpr &rhs, std::int64_t slack);

  const Equation &equation;
  std::vector<AxisUse> reads;
  std::vector<AxisUse> heads;
  std::vector<Inequality> inequalities;
  std::vector<Binding> bindings;
  std::vector<Rank> ranks;
  std::vector<std::vector<ClassId>> plainClasses; // by variable
};

/// Integer division that rounds down.
std::int64_t floorDivide(std::int64_t value, std::int64_t divisor);

} // namespace tl::sema
