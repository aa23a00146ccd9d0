// Answers to queries of which nothing has to be computed.
#include "frontend/driver/SettledAnswers.h"

#include <algorithm>
#include <limits>

namespace tl::driver {
namespace {

using runtime::Cell;
using runtime::Relation;
using runtime::Result;
using sema::QueryArgument;

/// Cells by position where the query has a constant; nothing when no row can have them.
std::optional<std::vector<std::optional<Cell>>>
constantsOf(const sema::TypedProgram &program, const LoadedData &data, const sema::Query &query) {
  const std::vector<sema::ClassId> &axes = program.tensors[query.tensor].axes;
  std::vector<std::optional<Cell>> cells(axes.size());
  for (std::size_t position = 0; position < query.arguments.size(); ++position) {
    const QueryArgument &argument = query.arguments[position];
    const runtime::Domain *domain = data.domains[axes[position]].get();
    const bool isInteger = argument.kind == QueryArgument::Kind::Integer;
    if (!isInteger && argument.kind != QueryArgument::Kind::Symbol)
      continue;
    if (isInteger && !domain) {
      if (argument.integer < std::numeric_limits<Cell>::min() ||
          argument.integer > std::numeric_limits<Cell>::max())
        return std::nullopt;
      cells[position] = static_cast<Cell>(argument.integer);
      continue;
    }
    std::optional<Cell> id =
        domain ? domain->find(isInteger ? std::to_string(argument.integer) : argument.text) : std::nullopt;
    if (!id)
      return std::nullopt;
    cells[position] = *id;
  }
  return cells;
}

bool isThere(const sema::TypedProgram &program, const LoadedData &data, const ReusePlan &plan,
             const sema::Query &query) {
  const std::string &name = program.tensors[query.tensor].name;
  return !query.derived && (plan.rows.contains(name) || data.bindings.contains(name)) &&
         (plan.settled.count(query.tensor) != 0 || program.tensors[query.tensor].equations.empty());
}

Result<runtime::Value> valueOf(const sema::TypedProgram &program, const LoadedData &data,
                               const ReusePlan &plan, const sema::Query &query) {
  const std::string &name = program.tensors[query.tensor].name;
  auto rows = plan.rows.find(name);
  if (rows == plan.rows.end())
    return data.bindings.at(name);
  const bool asksRows = query.kind != sema::Query::Kind::Tensor && !query.arguments.empty();
  std::optional<std::vector<std::optional<Cell>>> cells =
      asksRows ? constantsOf(program, data, query)
               : std::vector<std::optional<Cell>>(rows->second->rows.arity());
  if (!cells)
    return runtime::Value(Relation(rows->second->rows.arity()));
  Result<Relation> found = runtime::rowsWith(*rows->second, *cells);
  return found ? Result<runtime::Value>(runtime::Value(*std::move(found)))
               : Result<runtime::Value>(found.error());
}

} // namespace

Result<std::optional<backend::Answers>> settledAnswers(const sema::TypedProgram &program,
                                                       const LoadedData &data, const ReusePlan &plan) {
  if (!plan.kept.empty() || !program.writes.empty() ||
      !std::ranges::all_of(program.queries,
                           [&](const sema::Query &query) { return isThere(program, data, plan, query); }))
    return std::optional<backend::Answers>();
  backend::Answers answers;
  for (std::size_t number = 0; number < program.queries.size(); ++number) {
    Result<runtime::Value> value = valueOf(program, data, plan, program.queries[number]);
    if (!value)
      return value.error();
    answers.queries.emplace(static_cast<std::int64_t>(number), *std::move(value));
  }
  return std::optional(std::move(answers));
}

} // namespace tl::driver
