// Calls of kernels: versions of relations, destinations in place, threads.
#include "runtime/execute/CallFrame.h"
#include "runtime/execute/Executor.h"

#include "runtime/storage/Intersection.h"

#include <algorithm>
#include <cassert>

namespace tl::runtime {

namespace {

/// Work worth a thread of its own, and worth a look at the clock, in scalar operations.
constexpr std::int64_t kThreadWork = 50'000;
constexpr std::int64_t kWatchedWork = 5'000'000;

void bindTensor(const Tensor &tensor, std::vector<void *> &arguments) {
  arguments.push_back(const_cast<void *>(tensor.data()));
  if (tensor.isPartial())
    arguments.push_back(const_cast<std::uint8_t *>(tensor.present()));
}

/// Rows of a destination, or its elements that changed: what a call adds to them is its result.
std::int64_t countResults(const Stored &dest) {
  if (const auto *relation = std::get_if<std::shared_ptr<StoredRelation>>(&dest))
    return static_cast<std::int64_t>((*relation)->rows.countKnown());
  if (const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&dest))
    return (*changing)->changes()->count;
  return 0;
}

std::string nameOf(const Stored &dest) {
  if (const auto *relation = std::get_if<std::shared_ptr<StoredRelation>>(&dest))
    return (*relation)->rows.name();
  if (const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&dest))
    return (*changing)->name();
  return "";
}

} // namespace

Result<void> Executor::run(const RowsStep &step) {
  if (const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&values[step.relation])) {
    assert(step.version == RowVersion::Delta && !step.isIndex && "what changed is nothing but delta");
    RowRange places;
    places.end = (*changing)->changedRows();
    places.changing = *changing;
    values[step.result] = std::move(places);
    return {};
  }
  RowRange rows{relation(step.relation), 0, 0, step.isIndex, step.keys};
  const auto size = static_cast<std::int64_t>(rows.relation->rows.size());
  const auto delta = static_cast<std::int64_t>(rows.relation->deltaBegin);
  rows.begin = step.version == RowVersion::Delta ? delta : 0;
  rows.end = step.version == RowVersion::Old ? delta : size;
  values[step.result] = std::move(rows);
  return {};
}

/// The tensor or relation that a step may write to: its own when that is its last use or when a recursion
/// carries it, otherwise a copy.
Result<Stored> Executor::destination(ValueId dest, bool inPlace) {
  if (std::holds_alternative<std::shared_ptr<ChangingTensor>>(values[dest]))
    return values[dest];
  if (typeOf(dest).isRelation) {
    std::shared_ptr<StoredRelation> stored = relation(dest);
    if (inPlace && !stored->isKept)
      return Stored(std::move(stored));
    auto copy = copied(*stored, typeOf(dest));
    return copy ? Result<Stored>(Stored(*std::move(copy))) : Result<Stored>(copy.error());
  }
  std::shared_ptr<Tensor> stored = inPlace ? tensor(dest) : std::make_shared<Tensor>(*tensor(dest));
  TL_TRY(stored->own());
  return Stored(std::move(stored));
}

Result<void> Executor::bindRange(const RowRange &range, bool readsCells, CallFrame &frame) {
  frame.rowCount += range.end - range.begin;
  if (range.changing) {
    frame.rows.push_back(range.changing->changed());
    frame.arguments.push_back(&frame.rows.back());
    return {};
  }
  StoredRelation &stored = *range.relation;
  if (!range.isIndex) {
    Result<TlRows> rows = stored.rows.rows(static_cast<std::size_t>(range.begin),
                                           static_cast<std::size_t>(range.end), readsCells);
    if (!rows)
      return rows.error();
    frame.rows.push_back(*rows);
    frame.arguments.push_back(&frame.rows.back());
    return {};
  }
  auto index = stored.rows.index(range.keys, stored.isGrowing || stored.isKept);
  if (!index)
    return index.error();
  frame.indexes.push_back(
      (*index)->view(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.end)));
  frame.arguments.push_back(&frame.indexes.back());
  return {};
}

Result<void> Executor::bindInputs(const CallStep &step, CallFrame &frame) {
  const std::vector<bool> &countsRows = program.kernels[step.kernel].countsRows;
  for (std::size_t number = 0; number < step.inputs.size(); ++number) {
    const ValueId input = step.inputs[number];
    const Stored &stored = values[input];
    if (const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored)) {
      bindTensor(**dense, frame.arguments);
    } else if (const auto *rows = std::get_if<RowRange>(&stored)) {
      TL_TRY(bindRange(*rows, !countsRows[number], frame));
    } else if (const auto *position = std::get_if<std::int64_t>(&stored)) {
      frame.arguments.push_back(reinterpret_cast<void *>(*position));
    } else {
      Result<TlRelation> access = relation(input)->rows.access();
      if (!access)
        return access.error();
      frame.relations.push_back(*access);
      frame.arguments.push_back(&frame.relations.back());
    }
  }
  return {};
}

/// Parts of a parallel loop get at least `kThreadWork` operations each.
void Executor::invoke(std::uint32_t number, CallFrame &frame) {
  const KernelSignature &kernel = program.kernels[number];
  if (kernel.cost >= kWatchedWork || (kernel.cost < 0 && frame.rowCount >= kWatchedRows))
    watch.start();
  auto runPart = [&](std::int64_t begin, std::int64_t end) {
    Workspace workspace(budget);
    const TlFrame part = {watch.flag(), frame.arguments.data(), begin, end, &workspace, frame.changes};
    kernels[number](&part);
    if (workspace.hasFailed())
      frame.refusedBytes = workspace.charges().refusedBytes();
  };
  const std::int64_t trips = kernel.end - kernel.begin;
  const std::int64_t work = kernel.cost >= 0 ? kernel.cost : frame.rowCount;
  if (!kernel.isParallel || work < kThreadWork || trips < 2)
    return runPart(kernel.begin, kernel.end);
  const std::int64_t perTrip = std::max<std::int64_t>(1, work / trips);
  pool.parallelFor(kernel.begin, kernel.end, std::max<std::int64_t>(1, kThreadWork / perTrip), runPart);
}

Result<void> Executor::run(const CallStep &step) {
  Result<Stored> dest = destination(step.dest, step.inPlace);
  if (!dest)
    return dest.error();
  CallFrame frame;
  TL_TRY(bindInputs(step, frame));
  const auto *stored = std::get_if<std::shared_ptr<StoredRelation>>(&*dest);
  if (stored) {
    Result<TlRelation> access = (*stored)->rows.access();
    if (!access)
      return access.error();
    frame.relations.push_back(*access);
    frame.arguments.push_back(&frame.relations.back());
  } else if (const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&*dest)) {
    bindTensor((*changing)->next(), frame.arguments);
    frame.changes = (*changing)->changes();
  } else {
    bindTensor(*std::get<std::shared_ptr<Tensor>>(*dest), frame.arguments);
  }
  const std::int64_t rowsBefore = profile ? countResults(*dest) : 0;
  const std::int64_t sharedRows = program.kernels[step.kernel].sharedRows;
  if (sharedRows >= 0)
    callShared(step.kernel, std::get<RowRange>(values[step.inputs[static_cast<std::size_t>(sharedRows)]]),
               *dest, frame);
  else
    invoke(step.kernel, frame);
  if (profile) {
    counted.target = nameOf(*dest);
    counted.rowsIn = frame.rowCount;
    counted.rowsOut = countResults(*dest) - rowsBefore;
  }
  TL_TRY(poll());
  if (frame.refusedBytes != 0)
    return outOfMemory(budget, "a join of relations", frame.refusedBytes);
  if (stored && step.commits)
    TL_TRY(commit(**stored));
  values[step.result] = *std::move(dest);
  return {};
}

Result<void> Executor::commit(StoredRelation &relation) {
  relation.deltaBegin = relation.rows.size();
  Result<std::size_t> added = relation.rows.commit();
  return added ? Result<void>() : Result<void>(added.error());
}

} // namespace tl::runtime
