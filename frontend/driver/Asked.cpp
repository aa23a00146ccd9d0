// What `tl why` and `tl whynot` ask: which rows and elements, and the values a proof is made of.
#include "frontend/driver/Asked.h"

#include "frontend/sema/Needed.h"

namespace tl::driver {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

namespace {

/// The cell that `argument` names; a symbol that no domain has is -1. Empty for what is no constant.
std::optional<std::int64_t> cellOf(const sema::QueryArgument &argument, const runtime::Domain *domain) {
  if (argument.kind == sema::QueryArgument::Kind::Integer)
    return argument.integer;
  if (argument.kind == sema::QueryArgument::Kind::Symbol)
    return domain ? domain->find(argument.text).value_or(-1) : -1;
  return std::nullopt;
}

std::optional<AskedFact> factOf(const sema::Query &query, const sema::TypedProgram &program, const LoadedData &data) {
  AskedFact fact{query.tensor, {}, {}};
  const std::vector<sema::ClassId> &axes = program.tensors[query.tensor].axes;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    sema::QueryArgument argument = axis < query.arguments.size() ? query.arguments[axis] : sema::QueryArgument();
    std::optional<std::int64_t> cell = cellOf(argument, data.domains[axes[axis]].get());
    if (!cell)
      return std::nullopt;
    fact.cells.push_back(*cell);
  }
  return fact;
}

/// The value of the element that `fact` names; false when it lies outside.
bool fillValue(AskedFact &fact, const runtime::Tensor &tensor) {
  std::int64_t position = 0;
  for (std::size_t axis = 0; axis < fact.cells.size(); ++axis) {
    if (fact.cells[axis] < 0 || fact.cells[axis] >= tensor.shape()[axis])
      return false;
    position = position * tensor.shape()[axis] + fact.cells[axis];
  }
  if (tensor.isPresent(position))
    fact.value = tensor.number(position);
  return true;
}

} // namespace

std::optional<std::vector<AskedFact>> takeAsked(sema::TypedProgram &program, const LoadedData &data, std::size_t count,
                                                source::DiagnosticEngine &diagnostics) {
  std::vector<AskedFact> asked;
  std::vector<sema::TensorId> roots;
  for (std::size_t number = program.queries.size() - count; number < program.queries.size(); ++number) {
    std::optional<AskedFact> fact = factOf(program.queries[number], program, data);
    if (!fact) {
      diagnostics.report(source::DiagnosticId::BadQuery, program.queries[number].range,
                         "what is to be explained has a constant in every position");
      return std::nullopt;
    }
    roots.push_back(fact->tensor);
    asked.push_back(*std::move(fact));
  }
  program.queries.clear();
  program.writes.clear();
  for (sema::TensorId tensor : sema::readFrom(program, std::move(roots))) {
    sema::Query query;
    query.text = program.tensors[tensor].name;
    query.range = program.tensors[tensor].range;
    query.tensor = tensor;
    query.isBare = true;
    program.queries.push_back(std::move(query));
  }
  return asked;
}

Result<prove::Evidence> gatherEvidence(const sema::TypedProgram &program, const LoadedData &data,
                                       backend::Answers answers, std::vector<AskedFact> &asked) {
  prove::Evidence evidence;
  evidence.program = &program;
  for (auto &[number, value] : answers.queries)
    evidence.values[program.queries[static_cast<std::size_t>(number)].tensor] = std::move(value);
  for (sema::TensorId tensor : data.bound)
    if (const auto *rows = std::get_if<runtime::Relation>(&data.bindings.at(program.tensors[tensor].name)))
      evidence.stored[tensor] = *rows;
  for (const std::shared_ptr<runtime::Domain> &domain : data.domains)
    evidence.domains.push_back(domain.get());
  for (AskedFact &fact : asked)
    if (const auto *tensor = std::get_if<runtime::Tensor>(&evidence.values[fact.tensor]);
        tensor && !fillValue(fact, *tensor))
      return Error{ErrorKind::Usage, "'" + program.tensors[fact.tensor].name + "' has no such element"};
  return evidence;
}

} // namespace tl::driver
