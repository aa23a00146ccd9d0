// Tensors as pictures of characters.
#pragma once

#include "frontend/driver/Answers.h"

#include <string>

namespace tl::repl {

/// How large a picture may be, in characters, without the labels beside it and the line below it.
struct PlotSize {
  std::size_t columns = 72;
  std::size_t curveRows = 16, mapRows = 32;
};

/// The size of a picture that a window shows in full; the usual one where the window is not known.
PlotSize plotSizeIn(std::size_t windowRows, std::size_t windowColumns);

/// A curve for one index, a map of shades for two; with the range of values. Elements that share a character
/// are averaged. A sentence when there is nothing to draw.
std::string plot(const driver::Answer &answer, const PlotSize &size);

} // namespace tl::repl
