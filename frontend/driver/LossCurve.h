// A curve as an SVG image.
#pragma once

#include <string>
#include <vector>

namespace tl::driver {

/// One line of a plot: y over 1, 2, 3, ... or over `x`.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};

/// An image with axes, ticks and a legend; the y axis is logarithmic when all values are above 0 and span
/// more than two decades. Long curves are thinned to means of neighbours. The same curves give the same
/// bytes.
std::string drawCurves(const std::string &title, const std::vector<Curve> &curves,
                       const std::string &xName = "step");

} // namespace tl::driver
