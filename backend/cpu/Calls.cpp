// Calls of kernels: versions of relations, destinations in place, threads.
#include "backend/cpu/Executor.h"

#include "ir/tl/TlTypes.h"
#include "runtime/storage/Intersection.h"

#include "mlir/IR/Location.h"

#include <algorithm>
#include <atomic>
#include <deque>

namespace tl::backend::cpu {

using runtime::Result;
using runtime::Tensor;

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

/// Whether the destination of `op` is also one of its inputs.
bool isInput(mlir::Operation *op, mlir::Value dest) {
  return llvm::count(op->getOperands(), dest) > 1;
}

void bindTensor(const Tensor &tensor, std::vector<void *> &arguments) {
  arguments.push_back(const_cast<void *>(tensor.data()));
  if (tensor.isPartial())
    arguments.push_back(const_cast<std::uint8_t *>(tensor.present()));
}

} // namespace

RowRange Executor::range(plan::Version version, mlir::Value value) const {
  std::shared_ptr<StoredRelation> stored = relation(value);
  const auto size = static_cast<std::int64_t>(stored->rows.size());
  const auto delta = static_cast<std::int64_t>(stored->deltaBegin);
  switch (version) {
  case plan::Version::Full:
    return {std::move(stored), 0, size};
  case plan::Version::Delta:
    return {std::move(stored), delta, size};
  case plan::Version::Old:
    return {std::move(stored), 0, delta};
  }
  llvm_unreachable("every version is listed");
}

void Executor::runRows(plan::RowsOp op) {
  values[op.getRows()] = range(op.getVersion(), op.getRelation());
}

void Executor::runIndexBy(plan::IndexByOp op) {
  RowRange rows = range(op.getVersion(), op.getRelation());
  rows.isIndex = true;
  llvm::ArrayRef<unsigned> keys = op.getTable().getType().getKeys();
  rows.keys.assign(keys.begin(), keys.end());
  values[op.getTable()] = std::move(rows);
}

/// The tensor or relation that `op` may write to. It is the operand's own when this is its last use or
/// when a recursion carries it, otherwise a copy.
Result<Stored> Executor::destination(mlir::Operation *op, mlir::Value dest) {
  const bool inPlace = isCarriedByScan(dest) || isCarriedBySemiNaive(dest) ||
                       (lifetimes.endsAt(dest, op) && !isInput(op, dest) && !isFixpointArgument(dest));
  if (ir::isRelation(dest.getType())) {
    std::shared_ptr<StoredRelation> stored = relation(dest);
    if (inPlace)
      return Stored(std::move(stored));
    auto copy = copied(*stored, dest.getType());
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

Result<void> Executor::bindInputs(plan::CallOp op, CallFrame &frame) {
  for (mlir::Value input : op.getInputs()) {
    const Stored &stored = values.find(input)->second;
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
void Executor::invoke(const Kernel &kernel, CallFrame &frame) {
  if (kernel.cost >= kWatchedWork || (kernel.cost < 0 && frame.rowCount >= kWatchedRows))
    watch.start();
  auto runPart = [&](std::int64_t begin, std::int64_t end) {
    runtime::Workspace workspace(budget);
    const TlFrame part = {watch.flag(), frame.arguments.data(), begin, end, &workspace};
    kernel.function(&part);
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
void Executor::shareRows(const Kernel &kernel, const RowRange &rows, CallFrame &frame) {
  if (frame.rowCount >= kWatchedRows)
    watch.start();
  constexpr std::int64_t fewRows = 8192;
  const std::int64_t count = rows.end - rows.begin;
  const std::int64_t pieces = count < fewRows ? 1 : 64;
  auto *total = static_cast<std::int64_t *>(frame.arguments.back());
  auto addPieces = [&](std::int64_t first, std::int64_t step) {
    runtime::Workspace workspace(budget);
    std::vector<void *> arguments = frame.arguments;
    std::int64_t sum = 0;
    for (std::int64_t piece = first; piece < pieces; piece += step) {
      std::int64_t part = 0;
      arguments.back() = &part;
      const TlFrame call = {watch.flag(), arguments.data(), rows.begin + count * piece / pieces,
                            rows.begin + count * (piece + 1) / pieces, &workspace};
      kernel.function(&call);
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

Result<void> Executor::runCall(plan::CallOp op) {
  Result<Stored> dest = destination(op, op.getDest());
  if (!dest)
    return dest.error();
  CallFrame frame;
  TL_TRY(bindInputs(op, frame));
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
  const Kernel &kernel = kernels.find(op.getKernel());
  if (kernel.sharedRows >= 0)
    shareRows(kernel, std::get<RowRange>(values.find(op.getInputs()[kernel.sharedRows])->second), frame);
  else
    invoke(kernel, frame);
  if (profile)
    record(op, frame, target, start, rowsBefore);
  TL_TRY(poll());
  if (frame.refusedBytes != 0)
    return runtime::outOfMemory(budget, "a join of relations", frame.refusedBytes);
  if (stored && !isCarriedBySemiNaive(op.getDest()))
    TL_TRY(commit(**stored));
  values[op.getCombined()] = *std::move(dest);
  return {};
}

void Executor::record(plan::CallOp op, const CallFrame &frame, StoredRelation *dest,
                      std::chrono::steady_clock::time_point start, std::size_t rowsBefore) {
  auto microseconds = [](auto duration) {
    return static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  };
  ProfileEvent event;
  if (auto place = mlir::dyn_cast<mlir::FileLineColRange>(op.getLoc()))
    event.place = place.getFilename().str() + ":" + std::to_string(place.getStartLine());
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

} // namespace tl::backend::cpu
