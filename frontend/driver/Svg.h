// Pieces of SVG images.
#pragma once

#include <string>
#include <vector>

namespace tl::driver {

/// Text that stands in markup as it is; control characters become blanks.
std::string escaped(const std::string &text);

/// The beginning of an image: size, font, white ground.
std::string svgHead(double width, double height);

std::string svgLine(double x1, double y1, double x2, double y2, const char *colour);
std::string svgLabel(double x, double y, const char *anchor, const std::string &text,
                     const char *colour = "#333");

/// Round values from `low` to `high`, steps of 1, 2 or 5 times a power of ten; `low` alone when there is no
/// span.
std::vector<double> roundTicks(double low, double high);

/// The colour of a value between 0 and 1, from dark blue over green to yellow.
std::string heatColour(double share);

} // namespace tl::driver
