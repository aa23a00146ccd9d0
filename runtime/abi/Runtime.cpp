// What generated code calls: thin C entries to the storages.
#include "runtime/abi/Runtime.h"

#include "runtime/storage/ColumnRelation.h"
#include "runtime/storage/Intersection.h"

using tl::runtime::ColumnRelation;
using tl::runtime::InsertBuffer;
using tl::runtime::RowIndex;

namespace {

InsertBuffer *bufferAt(void *sink) {
  const auto address = reinterpret_cast<std::uintptr_t>(sink);
  return address & 1 ? reinterpret_cast<InsertBuffer *>(address - 1) : nullptr;
}

} // namespace

// Running out of memory is not reported here: the relation remembers it and its commit fails.
void tlInsert(void *relation, const std::int32_t *row) {
  static_cast<ColumnRelation *>(relation)->insert(row);
}

void tlInsertBinary(void *sink, std::int32_t first, std::int32_t second) {
  if (InsertBuffer *buffer = bufferAt(sink))
    buffer->add(first, second);
  else
    static_cast<ColumnRelation *>(sink)->insertBinary(first, second);
}

void tlRefuseCell(void *relation) {
  static_cast<ColumnRelation *>(relation)->refuseCell();
}

std::int32_t tlContains(void *relation, const std::int32_t *row) {
  return static_cast<const ColumnRelation *>(relation)->contains(row);
}

void tlInsertRun(void *sink, std::int32_t first, const std::int32_t *seconds, std::int64_t count) {
  const std::span<const std::int32_t> run(seconds, static_cast<std::size_t>(count));
  if (InsertBuffer *buffer = bufferAt(sink))
    buffer->addRun(first, run);
  else
    static_cast<ColumnRelation *>(sink)->insertRun(first, run);
}

const TlGroup *tlFindGroup(const void *table, const std::int32_t *keys) {
  return static_cast<const RowIndex *>(table)->find(keys);
}

// Running out of memory is not reported here either: the executor asks the workspace.
std::int64_t tlIntersect(void *workspace, std::int64_t number, std::int64_t bound, const TlList *lists,
                         std::int64_t count, const std::int32_t **cells) {
  auto &intersection =
      static_cast<tl::runtime::Workspace *>(workspace)->intersection(static_cast<std::size_t>(number), bound);
  const std::span<const std::int32_t> common = intersection.run({lists, static_cast<std::size_t>(count)});
  *cells = common.data();
  return static_cast<std::int64_t>(common.size());
}

namespace tl::runtime {

std::span<const AbiSymbol> abiSymbols() {
  static const AbiSymbol symbols[] = {
#define TL_SYMBOL(name, result, arguments) {#name, reinterpret_cast<void *>(&name)},
#include "runtime/abi/Symbols.def"
#undef TL_SYMBOL
  };
  return symbols;
}

} // namespace tl::runtime
