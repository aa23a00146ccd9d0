// Profiles for people and for trace viewers.
#pragma once

#include "runtime/core/Run.h"

#include <string>

namespace tl::driver {

/// Rules by the time they took, then the rounds of each recursion.
std::string profileText(const runtime::Profile &profile);
/// The calls in the trace event format that browsers and Perfetto show.
std::string traceText(const runtime::Profile &profile);

} // namespace tl::driver
