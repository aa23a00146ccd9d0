// Calls whose rows are shared out to threads.
#include "runtime/execute/CallFrame.h"
#include "runtime/execute/Executor.h"

#include "runtime/storage/Intersection.h"

#include <algorithm>
#include <memory>

namespace tl::runtime {
namespace {

/// Below so many rows one thread is as fast as two.
constexpr std::int64_t kFewRows = 8192;
/// Rows of a piece of a call that inserts, and the entries that all pieces of a turn are to have found, which
/// stay in the cache until they are inserted.
constexpr std::int64_t kPieceRows = 1024;
constexpr std::size_t kFewEntries = std::size_t{1} << 15, kManyEntries = std::size_t{1} << 17;

/// Calls `body(item, worker)` for all items below `count`, each thread taking the next one.
template <typename Body> void takeInTurn(ThreadPool &pool, std::int64_t count, Body body) {
  std::atomic<std::int64_t> next = 0;
  const std::int64_t workers = std::min<std::int64_t>(count, pool.threads());
  pool.parallelFor(0, workers, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t worker = from; worker < to; ++worker)
      for (std::int64_t item = next++; item < count; item = next++)
        body(item, worker);
  });
}

void *sinkOf(InsertBuffer &buffer) {
  return reinterpret_cast<void *>(reinterpret_cast<std::uintptr_t>(&buffer) | 1);
}

} // namespace

/// A call over few rows, or of one thread, does them all at once.
void Executor::callShared(std::uint32_t kernel, const RowRange &rows, const Stored &dest, CallFrame &frame) {
  if (frame.rowCount >= kWatchedRows)
    watch.start();
  const auto *relation = std::get_if<std::shared_ptr<StoredRelation>>(&dest);
  if (!relation)
    return shareRows(kernel, rows, frame);
  if (pool.threads() > 1 && rows.end - rows.begin >= kFewRows && (*relation)->rows.prepareParts())
    return shareInserts(kernel, rows, (*relation)->rows, frame);
  Workspace workspace(budget);
  const TlFrame call = {watch.flag(), frame.arguments.data(), rows.begin, rows.end, &workspace, nullptr};
  kernels[kernel](&call);
  if (workspace.hasFailed())
    frame.refusedBytes = workspace.charges().refusedBytes();
}

/// The rows in a fixed number of pieces, dealt out in turn because neighbouring rows cost much the same.
/// Integers, so the sum is the same in whatever order the pieces are added.
void Executor::shareRows(std::uint32_t kernel, const RowRange &rows, CallFrame &frame) {
  const std::int64_t count = rows.end - rows.begin;
  const std::int64_t pieces = count < kFewRows ? 1 : 64;
  auto *total = static_cast<std::int64_t *>(frame.arguments.back());
  auto addPieces = [&](std::int64_t first, std::int64_t step) {
    Workspace workspace(budget);
    std::vector<void *> arguments = frame.arguments;
    std::int64_t sum = 0;
    for (std::int64_t piece = first; piece < pieces; piece += step) {
      std::int64_t part = 0;
      arguments.back() = &part;
      const TlFrame call = {watch.flag(),
                            arguments.data(),
                            rows.begin + count * piece / pieces,
                            rows.begin + count * (piece + 1) / pieces,
                            &workspace,
                            nullptr};
      kernels[kernel](&call);
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

/// In turns: threads find rows in pieces of the given rows, then insert them, each into other parts of the
/// relation. The pieces of a part are inserted in their order, so that the rows come into the order in which
/// one thread finds them, however the work is shared out.
void Executor::shareInserts(std::uint32_t kernel, const RowRange &rows, ColumnRelation &dest,
                            CallFrame &frame) {
  std::vector<std::unique_ptr<InsertBuffer>> buffers;
  std::vector<std::unique_ptr<Workspace>> workspaces;
  for (int worker = 0; worker < pool.threads(); ++worker)
    workspaces.push_back(std::make_unique<Workspace>(budget));
  std::int64_t pieces = 8;
  for (std::int64_t begin = rows.begin; begin < rows.end && *watch.flag() == 0;) {
    const std::int64_t end = std::min(rows.end, begin + pieces * kPieceRows);
    const std::int64_t count = (end - begin + kPieceRows - 1) / kPieceRows;
    while (static_cast<std::int64_t>(buffers.size()) < count)
      buffers.push_back(std::make_unique<InsertBuffer>(budget, dest.parts()));
    takeInTurn(pool, count, [&](std::int64_t piece, std::int64_t worker) {
      std::vector<void *> arguments = frame.arguments;
      TlRelation relation = frame.relations.back();
      relation.sink = sinkOf(*buffers[static_cast<std::size_t>(piece)]);
      arguments.back() = &relation;
      const TlFrame call = {watch.flag(),
                            arguments.data(),
                            begin + piece * kPieceRows,
                            std::min(end, begin + (piece + 1) * kPieceRows),
                            workspaces[static_cast<std::size_t>(worker)].get(),
                            nullptr};
      kernels[kernel](&call);
    });
    const std::span<const std::unique_ptr<InsertBuffer>> found(buffers.data(),
                                                               static_cast<std::size_t>(count));
    takeInTurn(pool, static_cast<std::int64_t>(dest.parts().count()), [&](std::int64_t part, std::int64_t) {
      dest.insertBuffered(static_cast<std::size_t>(part), found);
    });
    std::size_t entries = 0;
    for (const auto &buffer : found) {
      entries += buffer->size();
      if (buffer->hasFailed())
        dest.refuseBuffered(buffer->charges().refusedBytes());
      buffer->clear();
    }
    if (!dest.prepareParts())
      break;
    begin = end;
    pieces = entries > kManyEntries  ? std::max<std::int64_t>(pieces / 2, 1)
             : entries < kFewEntries ? std::min<std::int64_t>(pieces * 2, 1024)
                                     : pieces;
  }
  for (const auto &workspace : workspaces)
    if (workspace->hasFailed())
      frame.refusedBytes = workspace->charges().refusedBytes();
}

} // namespace tl::runtime
