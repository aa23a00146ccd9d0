// Many small blocks of cells that grow one by one.
#pragma once

#include "runtime/core/Relation.h"
#include "runtime/storage/ChargedArray.h"

#include <array>
#include <cstddef>
#include <vector>

namespace tl::runtime {

/// Blocks of 4, 8, 16, ... cells, cut from chunks that are charged to the budget. Blocks never move; one that
/// is given back is handed out again.
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
  Cell *cut(std::size_t cells);

  StorageAccount *account_;
  std::vector<ChargedArray<Cell>> chunks_;
  std::size_t used_ = 0;             // cells of the last chunk
  std::size_t total_ = 0;            // cells of all chunks
  std::array<Cell *, 48> free_ = {}; // by the logarithm of the size; the first cells of a block hold the next
};

} // namespace tl::runtime
