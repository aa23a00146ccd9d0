// Every way in which the body of a rule holds.
#pragma once

#include "frontend/prove/Evidence.h"

#include <functional>
#include <set>

namespace tl::prove {

/// Rows of relations by some of their columns; indexes are made when they are first asked for.
class RowFinder {
public:
  explicit RowFinder(const Evidence &evidence) : evidence(evidence) {}
  /// Positions of the rows that have the given cells where there are any.
  const std::vector<std::uint32_t> &find(TensorId tensor,
                                         const std::vector<std::optional<std::int64_t>> &cells);

private:
  using Index = std::unordered_map<std::string, std::vector<std::uint32_t>>;
  const Evidence &evidence;
  std::map<std::pair<TensorId, std::uint64_t>, Index> indexes;
};

/// One search for assignments of an equation's variables under which all of `guards` hold.
class Matches {
public:
  /// Whether the positive literal `guard` may use a row.
  using Allowed = std::function<bool(const sema::Guard &guard, std::size_t row)>;
  /// Called with each assignment; false ends the search.
  using Visit = std::function<bool(const Binding &)>;

  Matches(const Evidence &evidence, RowFinder &finder, const sema::Equation &equation)
      : evidence(evidence), finder(finder), equation(equation), scalars(evidence, equation) {}

  /// Extends `binding` in every way that lets all guards hold and gives every variable of `wanted` a value.
  /// False when the visitor ended it, or the budget of steps ran out.
  bool each(const std::vector<const sema::Guard *> &guards, Binding binding,
            const std::set<sema::VariableId> &wanted, const Allowed &allowed, const Visit &visit);
  /// Makes a literal's row known; false when it contradicts the binding.
  bool unify(const std::vector<sema::IndexExpr> &indices, std::span<const runtime::Cell> row,
             Binding &binding) const;
  const Scalars &values() const { return scalars; }
  std::int64_t steps = 100'000'000; ///< rows and values that may still be tried

private:
  struct Search {
    std::vector<const sema::Guard *> guards;
    const std::set<sema::VariableId> &wanted;
    const Allowed &allowed;
    const Visit &visit;
  };
  bool go(Search &search, Binding &binding);
  std::optional<bool> check(const sema::Guard &guard, Binding &binding);
  bool isBound(const std::set<sema::VariableId> &variables, const Binding &binding) const;
  bool rows(Search &search, std::size_t position, Binding &binding);
  bool ranges(Search &search, Binding &binding);
  std::optional<std::size_t> nextLiteral(const Search &search, const Binding &binding) const;

  const Evidence &evidence;
  RowFinder &finder;
  const sema::Equation &equation;
  Scalars scalars;
};

} // namespace tl::prove
