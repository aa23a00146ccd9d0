// Chunks, and free blocks that are split and joined.
#include "runtime/storage/CellArena.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tl::runtime {
namespace {

constexpr std::size_t kLeastChunk = std::size_t{1} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 20;

std::size_t orderOf(std::size_t cells) {
  return static_cast<std::size_t>(std::countr_zero(cells / CellArena::kLeastCells));
}

std::size_t cellsOf(std::size_t order) {
  return CellArena::kLeastCells << order;
}

} // namespace

Cell *CellArena::take(std::size_t cells) {
  static_assert(kLeastCells * sizeof(Cell) >= sizeof(FreeBlock), "a free block holds its links");
  assert(std::has_single_bit(cells) && cells >= kLeastCells && "blocks are powers of two");
  const std::size_t wanted = orderOf(cells);
  if (freeOrders_ >> wanted == 0 && !addChunk(cells))
    return nullptr;
  auto order = static_cast<std::size_t>(std::countr_zero(freeOrders_ >> wanted)) + wanted;
  Cell *block = reinterpret_cast<Cell *>(free_[order]);
  Chunk &chunk = chunkOf(block);
  const auto offset = static_cast<std::size_t>(block - chunk.cells.data());
  unlink(chunk, offset, order);
  while (order > wanted) {
    --order;
    free(chunk, offset + cellsOf(order), order);
  }
  return block;
}

void CellArena::giveBack(Cell *block, std::size_t cells) {
  Chunk &chunk = chunkOf(block);
  auto offset = static_cast<std::size_t>(block - chunk.cells.data());
  std::size_t order = orderOf(cells);
  for (;; ++order) {
    const std::size_t other = offset ^ cellsOf(order);
    if (other >= chunk.cells.size() || chunk.orders[other / kLeastCells] != order + 1)
      break;
    unlink(chunk, other, order);
    offset = std::min(offset, other);
  }
  free(chunk, offset, order);
}

void CellArena::clear() {
  chunks_.clear();
  free_.fill(nullptr);
  freeOrders_ = 0;
  total_ = 0;
}

/// A chunk in which a block of `cells` is free.
bool CellArena::addChunk(std::size_t cells) {
  const std::size_t usual = std::clamp(total_ / 4 / kLeastCells * kLeastCells, kLeastChunk, kLargestChunk);
  std::size_t size = std::max(usual, cells);
  Chunk chunk{ChargedArray<Cell>(*account_), ChargedArray<std::uint8_t>(*account_)};
  if ((!chunk.cells.growTo(size) && !chunk.cells.growTo(size = cells)) ||
      !chunk.orders.growTo(size / kLeastCells))
    return false;
  total_ += size;
  const auto place =
      std::upper_bound(chunks_.begin(), chunks_.end(), chunk.cells.data(),
                       [](const Cell *address, const Chunk &other) { return address < other.cells.data(); });
  Chunk &added = *chunks_.insert(place, std::move(chunk));
  for (std::size_t offset = 0; offset < size;) {
    const std::size_t block = std::bit_floor(size - offset);
    free(added, offset, orderOf(block));
    offset += block;
  }
  return true;
}

CellArena::Chunk &CellArena::chunkOf(const Cell *block) {
  const auto behind =
      std::upper_bound(chunks_.begin(), chunks_.end(), block,
                       [](const Cell *address, const Chunk &chunk) { return address < chunk.cells.data(); });
  assert(behind != chunks_.begin() && "the block is of this arena");
  return *(behind - 1);
}

void CellArena::free(Chunk &chunk, std::size_t offset, std::size_t order) {
  auto *block = reinterpret_cast<FreeBlock *>(chunk.cells.data() + offset);
  *block = {nullptr, free_[order]};
  if (block->next)
    block->next->previous = block;
  free_[order] = block;
  freeOrders_ |= std::uint64_t{1} << order;
  chunk.orders[offset / kLeastCells] = static_cast<std::uint8_t>(order + 1);
}

void CellArena::unlink(Chunk &chunk, std::size_t offset, std::size_t order) {
  auto *block = reinterpret_cast<FreeBlock *>(chunk.cells.data() + offset);
  if (block->next)
    block->next->previous = block->previous;
  if (block->previous)
    block->previous->next = block->next;
  else
    free_[order] = block->next;
  if (!free_[order])
    freeOrders_ &= ~(std::uint64_t{1} << order);
  chunk.orders[offset / kLeastCells] = 0;
}

} // namespace tl::runtime
