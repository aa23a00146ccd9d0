// The table of targets.
#include "backend/cuda/Capabilities.h"

#include <array>

namespace tl::backend::cuda {
namespace {

// From the least capable to the most.
constexpr std::array<Capability, 2> kCapabilities{{
    {.name = "sm_80",
     .features = "+ptx70",
     .major = 8,
     .minor = 0,
     .sharedBytes = 163 * 1024,
     .copiesAsynchronously = true},
    {.name = "sm_90a",
     .features = "+ptx80",
     .major = 9,
     .minor = 0,
     .isExact = true,
     .sharedBytes = 227 * 1024,
     .copiesAsynchronously = true,
     .copiesTiles = true},
}};

bool runsOn(const Capability &capability, int major, int minor) {
  if (capability.isExact)
    return major == capability.major && minor == capability.minor;
  return major > capability.major || (major == capability.major && minor >= capability.minor);
}

} // namespace

const Capability *capabilityNamed(std::string_view name) {
  for (const Capability &capability : kCapabilities)
    if (capability.name == name)
      return &capability;
  return nullptr;
}

const Capability *capabilityOf(int major, int minor) {
  const Capability *best = nullptr;
  for (const Capability &capability : kCapabilities)
    if (runsOn(capability, major, minor))
      best = &capability;
  return best;
}

} // namespace tl::backend::cuda
