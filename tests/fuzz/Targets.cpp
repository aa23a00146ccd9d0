// The table of targets.
#include "tests/fuzz/Target.h"

#include <algorithm>

namespace tl::fuzz {

std::span<const Target> targets() {
  static const std::vector<Target> all = [] {
    std::vector<Target> list = programTargets();
    std::ranges::move(readerTargets(), std::back_inserter(list));
    return list;
  }();
  return all;
}

const Target *findTarget(std::string_view name) {
  auto found = std::ranges::find(targets(), name, &Target::name);
  return found == targets().end() ? nullptr : &*found;
}

std::size_t below(Random &random, std::size_t end) {
  return static_cast<std::size_t>(random() % end);
}

bool chance(Random &random, double probability) {
  return static_cast<double>(random() >> 11) * 0x1p-53 < probability;
}

} // namespace tl::fuzz
