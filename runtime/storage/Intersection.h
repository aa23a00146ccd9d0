// What several lists of cells have in common.
#pragma once

#include "runtime/abi/KernelAbi.h"
#include "runtime/storage/ChargedArray.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tl::runtime {

/// Intersects lists of distinct cells again and again, as a join over a cycle of relations does. The shortest
/// list is tested against the others. A list that comes back, at the same position and place in memory, is
/// worth a bitmap once searching it has cost as much as marking it; so no choice costs more than twice the
/// better one, and no list is walked that is much longer than the shortest.
class Intersection {
public:
  /// Cells are in [0, bound).
  Intersection(StorageAccount &account, std::int64_t bound)
      : account(account), bound(bound), found(account) {}

  /// The cells that are in every list, in the order of one of them; empty, with `hasFailed`, when memory runs
  /// out. Valid until the next call, or the lists themselves.
  std::span<const std::int32_t> run(std::span<const TlList> lists);
  bool hasFailed() const { return failed; }

private:
  /// The bitmap of a list, and what searching the list that is there now has cost.
  struct Marks {
    explicit Marks(StorageAccount &account) : words(account) {}
    ChargedArray<std::uint64_t> words;
    TlList marked = {};
    const std::int32_t *seen = nullptr;
    double spent = 0;

    bool isOf(const TlList &list) const {
      return marked.cells == list.cells && marked.count == list.count && list.count != 0;
    }
    bool holds(std::int32_t cell) const {
      return words[static_cast<std::uint32_t>(cell) / 64] >> (static_cast<std::uint32_t>(cell) % 64) & 1;
    }
  };

  std::span<const std::int32_t> filter(std::span<const std::int32_t> cells, const TlList &list, Marks &marks);
  std::span<const std::int32_t> filterByMarks(std::span<const std::int32_t> cells, const Marks &marks);
  std::span<const std::int32_t> filterBySearch(std::span<const std::int32_t> cells, const TlList &list);
  std::span<const std::int32_t> filterByMerge(std::span<const std::int32_t> cells, const TlList &list);
  bool mark(const TlList &list, Marks &marks);
  std::span<const std::int32_t> kept(std::size_t count) const { return {found.data(), count}; }

  StorageAccount &account;
  std::int64_t bound;
  std::vector<Marks> marks; // by position of the list
  ChargedArray<std::int32_t> found;
  bool failed = false;
};

/// The intersections of one run of a kernel, by the number that the kernel gives them.
class Workspace {
public:
  explicit Workspace(MemoryBudget &budget) : account(budget) {}

  Intersection &intersection(std::size_t number, std::int64_t bound);
  bool hasFailed() const;
  const StorageAccount &charges() const { return account; }

private:
  StorageAccount account;
  std::vector<std::unique_ptr<Intersection>> intersections;
};

} // namespace tl::runtime
