// Growth of sets of cells.
#include "runtime/storage/CellSets.h"

#include <algorithm>
#include <cstring>

namespace tl::runtime {

/// A full table that knows the cell does not grow.
CellSets::Outcome CellSets::insertFull(Set &set, std::uint32_t cell, CellArena &arena) {
  if (set.capacity != 0 && *locate(set, cell))
    return Outcome::Known;
  if (!enlarge(set, arena))
    return Outcome::Failed;
  if (set.isBitmap)
    return insertBit(set, cell);
  *locate(set, cell) = cell + 1;
  ++set.count;
  return Outcome::Added;
}

bool CellSets::enlarge(Set &set, CellArena &arena) {
  const std::uint64_t doubled =
      std::max<std::uint64_t>(2 * std::uint64_t{set.capacity}, CellArena::kLeastCells);
  const bool toBitmap = doubled >= bitmapCells;
  const std::size_t capacity = toBitmap ? bitmapCells : doubled;
  auto *words = reinterpret_cast<std::uint32_t *>(arena.take(capacity));
  if (!words)
    return false;
  std::memset(words, 0, capacity * sizeof(std::uint32_t));
  Set larger = {words, toBitmap ? 0 : set.count, static_cast<std::uint32_t>(capacity), toBitmap};
  for (std::uint32_t position = 0; position < set.capacity; ++position) {
    const std::uint32_t stored = set.words[position];
    if (stored && toBitmap)
      insertBit(larger, stored - 1);
    else if (stored)
      *locate(larger, stored - 1) = stored;
  }
  if (set.capacity)
    arena.giveBack(reinterpret_cast<Cell *>(set.words), set.capacity);
  set = larger;
  return true;
}

} // namespace tl::runtime
