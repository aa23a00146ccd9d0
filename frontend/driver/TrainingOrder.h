// The order in which examples are seen.
#pragma once

#include <cstdint>
#include <vector>

namespace tl::driver {

/// Examples in epochs, each a shuffle of its own that only the seed and the number of the epoch decide. The epochs
/// follow each other without a gap: a batch that reaches past the end of one takes its last examples from the next.
class TrainingOrder {
public:
  TrainingOrder(std::uint64_t key, std::int64_t examples) : key(key), shuffled(static_cast<std::size_t>(examples)) {}

  /// The example at `position` of all epochs.
  std::int64_t at(std::int64_t position);

private:
  void shuffle(std::int64_t epoch);

  std::uint64_t key;
  std::int64_t epoch = -1;
  std::vector<std::int64_t> shuffled;
};

} // namespace tl::driver
