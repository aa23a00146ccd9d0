// A set of second cells for each first cell.
#pragma once

#include "runtime/storage/CellArena.h"
#include "runtime/storage/ChargedArray.h"
#include "runtime/storage/RowParts.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace tl::runtime {

/// Pairs of cells below two bounds, as one set per first cell. Rules derive many pairs with one first cell in
/// a row, and the set of that cell stays in the cache meanwhile. A set is an open-addressing table of cells
/// until a bitmap of the second bound is no larger.
class CellSets {
public:
  CellSets(StorageAccount &account, std::uint64_t firstBound, std::uint64_t secondBound, RowParts parts)
      : account(&account), firstBound(firstBound), bitmapCells(bitmapSize(secondBound)), sets(account),
        parts(parts) {
    for (std::size_t part = 0; part < parts.count(); ++part)
      arenas.emplace_back(account);
  }

  /// Room for the sets themselves, which are empty; false when memory runs out.
  bool build() { return sets.growTo(firstBound); }
  /// Empties every set and gives the memory back.
  void clear() {
    sets = ChargedArray<Set>(*account);
    for (CellArena &arena : arenas)
      arena.clear();
  }
  std::size_t bytes() const {
    std::size_t bytes = sets.size() * sizeof(Set);
    for (const CellArena &arena : arenas)
      bytes += arena.bytes();
    return bytes;
  }
  void prefetch(Cell first) const { __builtin_prefetch(sets.data() + first, 1); }

  bool contains(Cell first, Cell second) const {
    const Set &set = sets[static_cast<std::size_t>(first)];
    if (set.capacity == 0)
      return false;
    const auto cell = static_cast<std::uint32_t>(second);
    if (set.isBitmap)
      return set.words[cell / 32] >> (cell % 32) & 1;
    return *locate(set, cell) != 0;
  }

  /// Calls `visit` with every pair.
  template <typename Visit> void each(Visit visit) const {
    for (std::size_t first = 0; first < sets.size(); ++first) {
      const Set &set = sets[first];
      for (std::uint32_t word = 0; word < set.capacity; ++word)
        if (!set.isBitmap && set.words[word])
          visit(static_cast<Cell>(first), static_cast<Cell>(set.words[word] - 1));
        else if (set.isBitmap)
          for (std::uint32_t left = set.words[word]; left != 0; left &= left - 1)
            visit(static_cast<Cell>(first),
                  static_cast<Cell>(word * 32 + static_cast<std::uint32_t>(std::countr_zero(left))));
    }
  }

  enum class Outcome { Known, Added, Failed };
  /// Cells are below the bounds. Threads may insert at a time into different parts.
  Outcome insert(Cell first, Cell second) {
    Set &set = sets[static_cast<std::size_t>(first)];
    const auto cell = static_cast<std::uint32_t>(second);
    if (set.isBitmap)
      return insertBit(set, cell);
    // At most five eighths of the slots are in use.
    const std::uint32_t capacity = set.capacity;
    if (set.count >= capacity / 8 * 5 + capacity % 8 / 2)
      return insertFull(set, cell, arenas[parts.of(first)]);
    std::uint32_t *slot = locate(set, cell);
    if (*slot)
      return Outcome::Known;
    *slot = cell + 1;
    ++set.count;
    return Outcome::Added;
  }

private:
  struct Set {
    std::uint32_t *words; // slots hold cell + 1, 0 is empty; or bits
    std::uint32_t count;
    std::uint32_t capacity : 31; // words
    std::uint32_t isBitmap : 1;
  };

  static std::uint64_t bitmapSize(std::uint64_t bound) {
    return std::bit_ceil((bound + 31) / 32 < CellArena::kLeastCells ? CellArena::kLeastCells
                                                                    : (bound + 31) / 32);
  }

  static std::uint32_t *locate(const Set &set, std::uint32_t cell) {
    const std::uint32_t mask = set.capacity - 1;
    std::uint32_t position = (cell * 0x9E3779B1u) >> (32 - std::countr_zero(std::uint32_t{set.capacity}));
    while (set.words[position] && set.words[position] != cell + 1)
      position = (position + 1) & mask;
    return set.words + position;
  }

  static Outcome insertBit(Set &set, std::uint32_t cell) {
    std::uint32_t &word = set.words[cell / 32];
    const std::uint32_t bit = std::uint32_t{1} << (cell % 32);
    if (word & bit)
      return Outcome::Known;
    word |= bit;
    ++set.count;
    return Outcome::Added;
  }

  Outcome insertFull(Set &set, std::uint32_t cell, CellArena &arena);
  bool enlarge(Set &set, CellArena &arena);

  StorageAccount *account;
  std::uint64_t firstBound, bitmapCells;
  ChargedArray<Set> sets;
  RowParts parts;
  std::vector<CellArena> arenas; // by part
};

} // namespace tl::runtime
