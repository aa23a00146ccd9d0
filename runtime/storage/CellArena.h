// Many small blocks of cells that grow one by one.
#pragma once

#include "runtime/core/Relation.h"
#include "runtime/storage/ChargedArray.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tl::runtime {

/// Blocks of 4, 8, 16, ... cells, cut from chunks that are charged to the budget. Blocks never move. Two free
/// halves of a block become that block again, so that what small blocks leave behind serves larger ones.
class CellArena {
public:
  static constexpr std::size_t kLeastCells = 4;

  explicit CellArena(StorageAccount &account) : account_(&account) {}

  /// A block of `cells`, a power of two of at least `kLeastCells`, holding anything; null when memory runs
  /// out.
  Cell *take(std::size_t cells);
  void giveBack(Cell *block, std::size_t cells);
  /// Gives all memory back; every block is invalid then.
  void clear();
  std::size_t bytes() const { return total_ * sizeof(Cell); }

private:
  /// `orders` has a byte for every `kLeastCells` cells: one more than the order of the free block that begins
  /// there, else 0. A block of order k has kLeastCells << k cells and lies at a multiple of that.
  struct Chunk {
    ChargedArray<Cell> cells;
    ChargedArray<std::uint8_t> orders;
  };
  /// Lies in the first cells of a free block.
  struct FreeBlock {
    FreeBlock *previous, *next;
  };
  static constexpr std::size_t kOrders = 40;

  bool addChunk(std::size_t cells);
  Chunk &chunkOf(const Cell *block);
  void free(Chunk &chunk, std::size_t offset, std::size_t order);
  void unlink(Chunk &chunk, std::size_t offset, std::size_t order);

  StorageAccount *account_;
  std::vector<Chunk> chunks_; // by address
  std::size_t total_ = 0;     // cells of all chunks
  std::array<FreeBlock *, kOrders> free_ = {};
  std::uint64_t freeOrders_ = 0; // bit k: there is a free block of order k
};

} // namespace tl::runtime
