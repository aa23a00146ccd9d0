// Rows that a thread wants to insert.
#pragma once

#include "runtime/storage/ChargedArray.h"
#include "runtime/storage/RowParts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace tl::runtime {

/// Binary rows in the order in which they were found, by the part of the relation that they belong to. Rows
/// with one first cell that lie side by side in memory take one entry, and have to stay there until they are
/// inserted.
class InsertBuffer {
public:
  InsertBuffer(MemoryBudget &budget, RowParts parts)
      : account(budget), parts(parts), entries(makeEntries(account)) {}

  /// False once memory has run out.
  bool add(Cell first, Cell second) { return push({first, 0, {.second = second}}); }
  bool addRun(Cell first, std::span<const Cell> seconds) {
    return seconds.empty() ||
           push({first, static_cast<std::uint32_t>(seconds.size()), {.seconds = seconds.data()}});
  }

  /// Calls `insert(first, seconds)` for what was found of a part, until it gives false.
  template <typename Insert> bool replay(std::size_t part, Insert insert) const {
    for (std::size_t position = 0; position < counts[part]; ++position) {
      const Entry &entry = entries[part][position];
      const std::span<const Cell> seconds =
          entry.count == 0 ? std::span(&entry.rest.second, 1) : std::span(entry.rest.seconds, entry.count);
      if (!insert(entry.first, seconds))
        return false;
    }
    return true;
  }

  std::size_t size() const {
    std::size_t sum = 0;
    for (std::size_t count : counts)
      sum += count;
    return sum;
  }
  bool hasFailed() const { return failed; }
  const StorageAccount &charges() const { return account; }
  void clear() { counts.fill(0); }

private:
  struct Entry {
    Cell first;
    std::uint32_t count; // 0: one row, whose second cell is `second`
    union {
      const Cell *seconds;
      Cell second;
    } rest;
  };
  using Entries = std::array<ChargedArray<Entry>, RowParts::kMost>;

  static Entries makeEntries(StorageAccount &account) {
    auto one = [&] { return ChargedArray<Entry>(account); };
    return {one(), one(), one(), one(), one(), one(), one(), one(),
            one(), one(), one(), one(), one(), one(), one(), one()};
  }

  bool push(const Entry &entry) {
    // A cell beyond the bound of its column is in no part, and dropped when it is inserted.
    const std::size_t part = std::min(parts.of(entry.first), parts.count() - 1);
    std::size_t &count = counts[part];
    if (count == entries[part].size() && !entries[part].growAmortised(count + 64)) {
      failed = true;
      return false;
    }
    entries[part][count++] = entry;
    return true;
  }

  StorageAccount account;
  RowParts parts;
  Entries entries;
  std::array<std::size_t, RowParts::kMost> counts = {};
  bool failed = false;
};

} // namespace tl::runtime
