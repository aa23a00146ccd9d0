// An open-addressing table of 64-bit slots.
#pragma once

#include "runtime/core/Relation.h"
#include "runtime/storage/ChargedArray.h"

#include <bit>
#include <cstdint>
#include <utility>

namespace tl::runtime {

/// A bijection of 64-bit keys that spreads them over the high bits. Zero, and only zero, stays zero.
inline std::uint64_t mixed(std::uint64_t key) {
  key ^= key >> 32;
  key *= 0x9E3779B97F4A7C15u;
  key ^= key >> 29;
  key *= 0xBF58476D1CE4E5B9u;
  return key;
}

/// A slot that holds a row number below the high half of a hash, which is all that finding and moving it
/// need.
inline std::uint64_t slotOfRow(std::uint64_t hash, std::size_t row) {
  return (hash >> 32 << 32) | (row + 1);
}
inline std::size_t rowOfSlot(std::uint64_t slot) {
  return static_cast<std::uint32_t>(slot) - 1;
}
inline bool hasTagOf(std::uint64_t slot, std::uint64_t hash) {
  return slot >> 32 == hash >> 32;
}

/// Slots found by their highest bits with linear probing; a slot of 0 is empty. What the low bits mean is the
/// user's: a whole mixed key, or a row number below 32 bits of hash. Doubling keeps the order of the slots,
/// so it reads and writes sequentially.
class SlotTable {
public:
  explicit SlotTable(StorageAccount &account) : account_(account), slots(account) {}

  std::size_t capacity() const { return slots.size(); }
  std::size_t used() const { return used_; }
  bool isFull() const { return used_ >= capacity() / 8 * 5; }
  /// The capacity that holds `entries` without growing.
  static std::size_t capacityFor(std::size_t entries) { return std::bit_ceil(entries / 5 * 8 + 16); }

  /// Rehashes into `capacity` slots, a power of two; false when memory runs out.
  bool rehash(std::size_t capacity) {
    ChargedArray<std::uint64_t> old = std::exchange(slots, ChargedArray<std::uint64_t>(account_));
    if (!slots.growTo(capacity)) {
      slots = std::move(old);
      return false;
    }
    shift = 64 - std::countr_zero(capacity);
    for (std::size_t position = 0; position < old.size(); ++position)
      if (old[position])
        slots[firstEmpty(old[position])] = old[position];
    return true;
  }
  bool growForOne() { return !isFull() || rehash(capacity() ? 2 * capacity() : 16); }

  void prefetch(std::uint64_t hash) const {
    if (capacity())
      __builtin_prefetch(slots.data() + (hash >> shift), 1);
  }

  /// The slot for which `matches` holds, or the empty one where it belongs. The table has slots.
  template <typename Matches> std::uint64_t *locate(std::uint64_t hash, Matches matches) const {
    std::size_t position = hash >> shift;
    while (slots[position] && !matches(slots[position]))
      position = (position + 1) & (capacity() - 1);
    return slots.data() + position;
  }
  /// Writes to an empty slot that `locate` gave.
  void fill(std::uint64_t *slot, std::uint64_t value) {
    *slot = value;
    ++used_;
  }
  /// Empties the table and gives its memory back.
  void clear() {
    slots = ChargedArray<std::uint64_t>(account_);
    used_ = 0;
  }

private:
  std::size_t firstEmpty(std::uint64_t hash) const {
    std::size_t position = hash >> shift;
    while (slots[position])
      position = (position + 1) & (capacity() - 1);
    return position;
  }

  StorageAccount &account_;
  ChargedArray<std::uint64_t> slots;
  std::size_t used_ = 0;
  int shift = 64;
};

} // namespace tl::runtime
