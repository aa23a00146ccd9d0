// Query-driven evaluation: rules that compute only what the queries need.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "runtime/core/Relation.h"

#include <functional>
#include <set>
#include <string_view>

namespace tl::sema {

/// What a query-driven run reads besides the program's own data.
struct Demanded {
  std::map<TensorId, runtime::Relation> seeds;       ///< what the queries ask of a demand relation
  std::vector<std::pair<TensorId, TensorId>> copies; ///< (new relation, the relation whose facts it holds)
  bool isApplied = false;                            ///< whether anything changed
};

/// The id of a symbol in the domain of a class, if it has one.
using SymbolId = std::function<std::optional<std::int64_t>(ClassId, std::string_view)>;

/// Whether every query has a constant in some position and nothing is written to a file: then demand is
/// applied without being asked for.
bool hasOnlyBoundQueries(const TypedProgram &program);

/// Rewrites a resolved program so that relations are computed only where the queries need them, and scans
/// only as far. For a relation P asked with some positions bound there are a demand relation, holding the
/// calls, and a copy of P restricted to them; the queries then read the copy. What cannot be restricted is
/// left to be computed in full. Answers do not change. `bound` holds the tensors that have data.
Demanded applyDemand(TypedProgram &program, const std::set<TensorId> &bound, const SymbolId &symbolId);

} // namespace tl::sema
