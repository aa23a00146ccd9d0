// What new rows of some relations add to others: rules over what is new.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace tl::sema {

/// A program that computes the rows that a component gains. Its tensors are those of the original, by the
/// same numbers, then one more for each relation in `fresh` and `gained`.
struct DeltaProgram {
  TypedProgram program;
  std::map<TensorId, TensorId> fresh; ///< of a relation that gained rows: the one that holds them alone
  std::vector<TensorId> gained;       ///< by tensor of the component: what it gains
  std::set<TensorId>
      read; ///< the tensors of the original whose values it reads, the component's as they were
};

/// The delta program of a component of `program`, which is resolved, when the relations in `changed`, all of
/// them read by it and none of its own, gained rows and nothing else that it reads changed. Empty unless the
/// component is of relations alone, defined by rules, and reads what changes in positive literals only: then
/// more rows never take one back, and
///
///     R(new) = R(old) + every rule with at least one literal over new rows
///
/// where the other literals read all rows. So each rule is written once for each of its literals that may be
/// new.
std::optional<DeltaProgram> deltaProgram(const TypedProgram &program, const Component &component,
                                         const std::set<TensorId> &changed);

} // namespace tl::sema
