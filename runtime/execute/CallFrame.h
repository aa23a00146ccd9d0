// What one call passes to its kernel.
#pragma once

#include "runtime/abi/KernelAbi.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace tl::runtime {

/// Rows that a kernel may join in less time than the watching thread takes to start.
inline constexpr std::int64_t kWatchedRows = 1'000;

/// The structs are in deques because the kernel gets their addresses.
struct CallFrame {
  std::vector<void *> arguments;
  std::deque<TlRows> rows;
  std::deque<TlIndex> indexes;
  std::deque<TlRelation> relations;
  std::int64_t rowCount = 0;
  TlChanges *changes = nullptr;              ///< of a destination that a recursion carries in rounds
  std::atomic<std::size_t> refusedBytes = 0; ///< what intersecting rows would have taken
};

} // namespace tl::runtime
