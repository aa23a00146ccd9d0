// How far the position that an equation computes lies from a position that it reads.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <map>
#include <optional>
#include <vector>

namespace tl::sema {

/// An index of the form `variable + offset`, or a constant `offset`.
struct Position {
  std::optional<VariableId> variable;
  std::int64_t offset = 0;
};

/// The position that `index` stands for, when it has this form.
std::optional<Position> positionOf(const IndexExpr &index);

/// Bounds on differences of an equation's variables that its guards and `variable >= 0` imply.
class DifferenceBounds {
public:
  explicit DifferenceBounds(const Equation &equation);

  /// The largest value that `lhs - rhs` can have, if bounded.
  std::optional<std::int64_t> largest(const Position &lhs, const Position &rhs) const;

  /// Adds lhs - rhs <= limit.
  void addAtMost(const Position &lhs, const Position &rhs, std::int64_t limit);
  /// Adds what a comparison, or a conjunction of them, says of variables.
  void addComparison(const Expr &expr);

private:
  /// to - from <= limit. The node after the last variable stands for 0.
  struct Bound {
    std::uint32_t from, to;
    std::int64_t limit;
  };

  /// A sum of multiples of variables and a constant.
  struct Linear {
    std::map<VariableId, std::int64_t> terms; ///< no coefficient is 0
    std::int64_t constant = 0;

    bool add(const Expr &expr, std::int64_t factor);
    Linear negated() const;
  };

  void addGuard(const Guard &guard);
  void addNotPositive(const Linear &form, std::int64_t more);
  std::uint32_t node(const Position &position) const;

  std::uint32_t zero;
  std::vector<Bound> bounds;
};

} // namespace tl::sema
