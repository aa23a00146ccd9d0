// Answers as SVG images.
#pragma once

#include "frontend/driver/Answers.h"

#include <optional>
#include <string>

namespace tl::driver {

/// A picture of the answer: a list of numbers as a line, or as bars when its index has names; two indices as
/// lines when the first has at most 4 values and the second at least 8, else as a heat map; three as heat
/// maps side by side; a relation of pairs as a graph. Empty when the answer has none of these forms, or is
/// too large to be seen; `reason` then says so.
std::optional<std::string> draw(const Answer &answer, std::string &reason);

} // namespace tl::driver
