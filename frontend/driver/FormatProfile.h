// Profiles for people and for trace viewers.
#pragma once

#include "backend/Profile.h"

#include <string>

namespace tl::driver {

/// Rules by the time they took, then the rounds of each recursion.
std::string profileText(const backend::Profile &profile);
/// The calls in the trace event format that browsers and Perfetto show.
std::string traceText(const backend::Profile &profile);

} // namespace tl::driver
