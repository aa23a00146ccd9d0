// Tensors as pictures of characters.
#pragma once

#include "frontend/driver/Answers.h"

#include <string>

namespace tl::repl {

/// How large a picture may be, in characters.
struct PlotSize {
  std::size_t columns = 72, rows = 16;
};

/// A curve for one index, a map of shades for two; with the range of values. Elements that share a character
/// are averaged. A sentence when there is nothing to draw.
std::string plot(const driver::Answer &answer, const PlotSize &size);

} // namespace tl::repl
