// What a run records of its calls.
#include "runtime/core/Run.h"

#include <algorithm>

namespace tl::runtime {

namespace {
constexpr std::size_t kMostEvents = std::size_t{1} << 20;
}

void Profile::add(ProfileEvent event) {
  if (events_.size() < kMostEvents) {
    events_.push_back(std::move(event));
    return;
  }
  auto [found, isNew] = merged.try_emplace(event.step, events_.size());
  if (isNew) {
    events_.push_back(std::move(event));
    return;
  }
  ProfileEvent &sum = events_[found->second];
  sum.microseconds += event.microseconds;
  sum.rowsIn += event.rowsIn;
  sum.rowsOut += event.rowsOut;
  sum.bytes = std::max(sum.bytes, event.bytes);
  sum.calls += event.calls;
}

} // namespace tl::runtime
