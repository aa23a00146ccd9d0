// The order in which examples are seen.
#include "frontend/driver/TrainingOrder.h"

#include "runtime/Random.h"

#include <numeric>
#include <utility>

namespace tl::driver {

/// Fisher and Yates: position i takes one of those from i on.
void TrainingOrder::shuffle(std::int64_t wanted) {
  epoch = wanted;
  std::iota(shuffled.begin(), shuffled.end(), 0);
  const std::uint64_t count = shuffled.size();
  for (std::uint64_t i = 0; i + 1 < count; ++i) {
    const std::uint64_t draw = runtime::philox(key, static_cast<std::uint64_t>(epoch), i).low;
    std::swap(shuffled[i], shuffled[i + draw % (count - i)]);
  }
}

std::int64_t TrainingOrder::at(std::int64_t position) {
  const auto examples = static_cast<std::int64_t>(shuffled.size());
  if (position / examples != epoch)
    shuffle(position / examples);
  return shuffled[static_cast<std::size_t>(position % examples)];
}

} // namespace tl::driver
