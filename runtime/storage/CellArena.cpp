// Chunks, and lists of blocks given back.
#include "runtime/storage/CellArena.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace tl::runtime {
namespace {

constexpr std::size_t kLeastChunk = std::size_t{1} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 20;

static_assert(CellArena::kLeastCells * sizeof(Cell) >= sizeof(Cell *), "a free block holds a pointer");

} // namespace

Cell *CellArena::take(std::size_t cells) {
  assert(std::has_single_bit(cells) && cells >= kLeastCells && "blocks are powers of two");
  Cell *&first = free_[static_cast<std::size_t>(std::countr_zero(cells))];
  if (!first)
    return cut(cells);
  Cell *block = first;
  std::memcpy(&first, block, sizeof first);
  return block;
}

void CellArena::giveBack(Cell *block, std::size_t cells) {
  Cell *&first = free_[static_cast<std::size_t>(std::countr_zero(cells))];
  std::memcpy(block, &first, sizeof first);
  first = block;
}

void CellArena::clear() {
  chunks_.clear();
  free_.fill(nullptr);
  used_ = total_ = 0;
}

// What is left of a chunk that is too small is forgotten: chunks are large against blocks, or hold one.
Cell *CellArena::cut(std::size_t cells) {
  if (chunks_.empty() || chunks_.back().size() - used_ < cells) {
    std::size_t size = std::max(std::clamp(total_ / 4, kLeastChunk, kLargestChunk), cells);
    ChargedArray<Cell> chunk(*account_);
    if (!chunk.growTo(size) && !chunk.growTo(size = cells))
      return nullptr;
    chunks_.push_back(std::move(chunk));
    used_ = 0;
    total_ += size;
  }
  Cell *block = chunks_.back().data() + used_;
  used_ += cells;
  return block;
}

} // namespace tl::runtime
