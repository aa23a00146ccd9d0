// Calls of kernels: versions of relations, destinations in place, threads.
#include "runtime/execute/Executor.h"

#include "runtime/storage/Intersection.h"

#include <algorithm>
#include <atomic>
#include <deque>

namespace tl::runtime {

/// The structs are in deques because the kernel gets their addresses.
struct CallFrame {
  std::vector<void *> arguments;
  std::deque<TlRows> rows;
  std::deque<TlIndex> indexes;
  std::deque<TlRelation> relations;
  std::int64_t rowCount = 0;
  std::atomic<std::size_t> refusedBytes = 0; ///< what intersecting rows would have taken
};

namespace {

/// Work worth a thread of its own, and worth a look at the clock, in scalar operations.
constexpr std::int64_t kThreadWork = 50'000;
constexpr std::int64_t kWatchedWork = 5'000'000;
/// Rows that a kernel may join in less time than the watching thread takes to start.
constexpr std::int64_t kWatchedRows = 1'000;

void bindTensor(const Tensor &tensor, std::vector<void *> &arguments) {
  arguments.push_back(const_cast<void *>(tensor.data()));
  if (tensor.isPartial())
    arguments.push_back(const_cast<std::uint8_t *>(tensor.present()));
}

} // namespace

Result<void> Executor::run(const RowsStep &step) {
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
  if (typeOf(dest).isRelation) {
    std::shared_ptr<StoredRelation> stored = relation(dest);
    if (inPlace)
      return Stored(std::move(stored));
    auto copy = copied(*stored, typeOf(dest));
    return copy ? Result<Stored>(Stored(*std::move(copy))) : Result<Stored>(copy.error());
  }
  std::shared_ptr<Tensor> stored = inPlace ? tensor(dest) : std::make_shared<Tensor>(*tensor(dest));
  TL_TRY(stored->own());
  return Stored(std::move(stored));
}

Result<void> Executor::bindRange(const RowRange &range, CallFrame &frame) {
  StoredRelation &stored = *range.relation;
  frame.rowCount += range.end - range.begin;
  if (!range.isIndex) {
    frame.rows.push_back(
        stored.rows.rows(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.end)));
    frame.arguments.push_back(&frame.rows.back());
    return {};
  }
  auto index = stored.rows.index(range.keys, stored.isGrowing);
  if (!index)
    return index.error();
  frame.indexes.push_back(
      (*index)->view(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.end)));
  frame.arguments.push_back(&frame.indexes.back());
  return {};
}

Result<void> Executor::bindInputs(const CallStep &step, CallFrame &frame) {
  for (ValueId input : step.inputs) {
    const Stored &stored = values[input];
    if (const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored)) {
      bindTensor(**dense, frame.arguments);
    } else if (const auto *rows = std::get_if<RowRange>(&stored)) {
      TL_TRY(bindRange(*rows, frame));
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
    const TlFrame part = {watch.flag(), frame.arguments.data(), begin, end, &workspace};
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

/// The rows in a fixed number of pieces, dealt out in turn because neighbouring rows cost much the same.
/// Integers, so the sum is the same in whatever order the pieces are added.
void Executor::shareRows(std::uint32_t number, const RowRange &rows, CallFrame &frame) {
  if (frame.rowCount >= kWatchedRows)
    watch.start();
  constexpr std::int64_t fewRows = 8192;
  const std::int64_t count = rows.end - rows.begin;
  const std::int64_t pieces = count < fewRows ? 1 : 64;
  auto *total = static_cast<std::int64_t *>(frame.arguments.back());
  auto addPieces = [&](std::int64_t first, std::int64_t step) {
    Workspace workspace(budget);
    std::vector<void *> arguments = frame.arguments;
    std::int64_t sum = 0;
    for (std::int64_t piece = first; piece < pieces; piece += step) {
      std::int64_t part = 0;
      arguments.back() = &part;
      const TlFrame call = {watch.flag(), arguments.data(), rows.begin + count * piece / pieces,
                            rows.begin + count * (piece + 1) / pieces, &workspace};
      kernels[number](&call);
      sum += part;
    }
    std::atomic_ref<std::int64_t>(*total).fetch_add(sum, std::memory_order_relaxed);
    if (workspace.hasFailed())
      frame.refusedBytes = workspace.charges().refusedBytes();
  };
  const std::int64_t workers = std::min<std::int64_t>(pieces, pool.threads());
  pool.parallelFor(0, workers, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t worker = from; worker < to; ++worker)
      addPieces(worker, workers);
  });
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
  } else {
    bindTensor(*std::get<std::shared_ptr<Tensor>>(*dest), frame.arguments);
  }
  StoredRelation *target = stored ? stored->get() : nullptr;
  const std::size_t rowsBefore = profile && target ? target->rows.countKnown() : 0;
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t sharedRows = program.kernels[step.kernel].sharedRows;
  if (sharedRows >= 0)
    shareRows(step.kernel, std::get<RowRange>(values[step.inputs[static_cast<std::size_t>(sharedRows)]]),
              frame);
  else
    invoke(step.kernel, frame);
  if (profile)
    record(step, frame, target, start, rowsBefore);
  TL_TRY(poll());
  if (frame.refusedBytes != 0)
    return outOfMemory(budget, "a join of relations", frame.refusedBytes);
  if (stored && step.commits)
    TL_TRY(commit(**stored));
  values[step.result] = *std::move(dest);
  return {};
}

void Executor::record(const CallStep &step, const CallFrame &frame, StoredRelation *dest,
                      std::chrono::steady_clock::time_point start, std::size_t rowsBefore) {
  auto microseconds = [](auto duration) {
    return static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  };
  ProfileEvent event;
  event.place = step.place;
  event.target = dest ? dest->rows.name() : "";
  event.recursion = recursion;
  event.round = round;
  event.beginMicroseconds = microseconds(start - began);
  event.microseconds = microseconds(std::chrono::steady_clock::now() - start);
  event.rowsIn = frame.rowCount;
  event.rowsOut = dest ? static_cast<std::int64_t>(dest->rows.countKnown() - rowsBefore) : 0;
  event.bytes = budget.used();
  profile->events.push_back(std::move(event));
}

Result<void> Executor::commit(StoredRelation &relation) {
  relation.deltaBegin = relation.rows.size();
  Result<std::size_t> added = relation.rows.commit();
  return added ? Result<void>() : Result<void>(added.error());
}

} // namespace tl::runtime
