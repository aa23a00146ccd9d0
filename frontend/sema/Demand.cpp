// Query-driven evaluation: rules that compute only what the queries need.
#include "frontend/sema/Demand.h"

#include "frontend/sema/DemandOrder.h"
#include "frontend/sema/DemandRules.h"
#include "frontend/sema/Needed.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace tl::sema {
namespace {

/// What a query's constant is as a cell, as answers compare it; none when no cell holds it.
std::optional<runtime::Cell> cellOf(const TypedProgram &program, const Query &query, std::size_t position,
                                    const SymbolId &symbolId) {
  const QueryArgument &argument = query.arguments[position];
  const ClassId axis = program.tensors[query.tensor].axes[position];
  std::optional<std::int64_t> value = argument.integer;
  bool isNumber =
      argument.kind == QueryArgument::Kind::Integer &&
      (program.classes[axis].kind != AxisClass::Kind::Symbol || query.kind == Query::Kind::Tensor);
  if (!isNumber)
    value = symbolId(axis, argument.text);
  bool isCell = value && *value >= std::numeric_limits<runtime::Cell>::min() &&
                *value <= std::numeric_limits<runtime::Cell>::max();
  return isCell ? std::optional(static_cast<runtime::Cell>(*value)) : std::nullopt;
}

bool isConstant(const QueryArgument &argument) {
  return argument.kind == QueryArgument::Kind::Integer || argument.kind == QueryArgument::Kind::Symbol;
}

Adornment constantPositions(const Query &query) {
  Adornment bound = 0;
  for (std::size_t position = 0; position < std::min(query.arguments.size(), kPositions); ++position)
    if (isConstant(query.arguments[position]))
      bound |= Adornment{1} << position;
  return bound;
}

/// One attempt: which relations are left in full, and whether only positive literals are restricted.
class Attempt {
public:
  Attempt(TypedProgram &program, const std::set<TensorId> &bound, const SymbolId &symbolId,
          const std::set<TensorId> &full, bool onlyPositive)
      : program(program), symbolId(symbolId), onlyPositive(onlyPositive),
        builder(program, bound, full, onlyPositive) {
    for (const Query &query : program.queries)
      asked.push_back(query.tensor);
  }

  /// Relations computed both in full and restricted, once everything is written.
  std::set<TensorId> build() {
    for (Query &query : program.queries)
      restrict(query);
    builder.finish();
    return builder.overlap(restrictFull());
  }

  void undo() {
    for (std::size_t number = 0; number < asked.size(); ++number)
      program.queries[number].tensor = asked[number];
    builder.undo();
  }

  DemandBuilder &result() { return builder; }

private:
  void restrict(Query &query) {
    Adornment constants = constantPositions(query) & builder.restrictablePositions(query.tensor);
    if (!constants)
      return;
    constants = builder.preferred(query.tensor, constants);
    const RestrictedRelation relation = builder.request(query.tensor, constants);
    std::vector<runtime::Cell> call;
    for (std::size_t position = 0; position < query.arguments.size() && position < kPositions; ++position)
      if (constants >> position & 1)
        if (std::optional<runtime::Cell> cell = cellOf(program, query, position, symbolId))
          call.push_back(*cell);
    if (call.size() == static_cast<std::size_t>(std::popcount(constants)))
      builder.ask(relation, call);
    query.tensor = relation.answers;
  }

  /// Visits what is computed in full, restricting what its equations read; gives the originals among it.
  std::set<TensorId> restrictFull() {
    std::set<TensorId> seen, needed;
    std::vector<TensorId> waiting;
    for (const Query &query : program.queries)
      waiting.push_back(query.tensor);
    for (const FileWrite &write : program.writes)
      waiting.push_back(write.tensor);
    while (!waiting.empty()) {
      const TensorId tensor = waiting.back();
      waiting.pop_back();
      if (!seen.insert(tensor).second)
        continue;
      const bool isOriginal = tensor < builder.originalTensors();
      if (isOriginal)
        needed.insert(tensor);
      const std::vector<EquationId> rules = program.tensors[tensor].equations;
      for (EquationId id : rules) {
        if (isOriginal && !onlyPositive && builder.isPlain(tensor))
          builder.restrictReads(id);
        builder.finish();
        for (TensorId read : program.equations[id].reads)
          waiting.push_back(read);
      }
    }
    return needed;
  }

  TypedProgram &program;
  const SymbolId &symbolId;
  const bool onlyPositive;
  DemandBuilder builder;
  std::vector<TensorId> asked; ///< by query: its tensor before
};

} // namespace

bool hasOnlyBoundQueries(const TypedProgram &program) {
  return !program.queries.empty() && program.writes.empty() &&
         std::all_of(program.queries.begin(), program.queries.end(), [](const Query &query) {
           return std::any_of(query.arguments.begin(), query.arguments.end(), isConstant);
         });
}

/// Restricting more is tried first. A restricted negation or number may stand in the way of an order of
/// evaluation; a relation that is needed in full anyway is not computed a second time.
Demanded applyDemand(TypedProgram &program, const std::set<TensorId> &bound, const SymbolId &symbolId) {
  constexpr int kAttempts = 8;
  Demanded result;
  // A part of a derivative still needs everything that the scalar needs.
  if (hasDerivatives(program))
    return result;
  std::set<TensorId> full;
  bool onlyPositive = false;
  for (int number = 0; number < kAttempts; ++number) {
    Attempt attempt(program, bound, symbolId, full, onlyPositive);
    const std::set<TensorId> overlap = attempt.build();
    const std::size_t originals = attempt.result().originalTensors();
    const bool isChanged = program.tensors.size() > originals;
    if (overlap.empty() && (!isChanged || orderRestricted(program, originals))) {
      for (auto &[tensor, rows] : attempt.result().seeds)
        result.seeds.emplace(tensor, runtime::Relation(program.tensors[tensor].axes.size(), std::move(rows)));
      result.copies = std::move(attempt.result().copies);
      result.isApplied = isChanged;
      break;
    }
    attempt.undo();
    full.insert(overlap.begin(), overlap.end());
    onlyPositive = onlyPositive || overlap.empty();
  }
  result.isApplied = shortenScans(program) || result.isApplied;
  return result;
}

} // namespace tl::sema
