// A curve as an SVG image.
#include "frontend/driver/LossCurve.h"

#include "frontend/driver/Printed.h"
#include "frontend/driver/Svg.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tl::driver {
namespace {

constexpr double kWidth = 720, kHeight = 420, kLeft = 72, kRight = 16, kTop = 40, kBottom = 44;
constexpr std::size_t kMostPoints = 600;
constexpr std::array kColours = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd"};

/// From values to pixels along one axis.
struct Axis {
  double low = 0, high = 1;
  bool isLogarithmic = false;
  double from = 0, to = 1;

  double scaled(double value) const { return isLogarithmic ? std::log10(value) : value; }
  double pixel(double value) const {
    const double span = scaled(high) - scaled(low);
    return from + (to - from) * (span > 0 ? (scaled(value) - scaled(low)) / span : 0.5);
  }
};

Axis axisOf(const std::vector<Curve> &curves, bool isY) {
  Axis axis;
  bool isFirst = true;
  for (const Curve &curve : curves)
    for (double value : isY ? curve.y : curve.x) {
      if (!std::isfinite(value))
        continue;
      axis.low = isFirst ? value : std::min(axis.low, value);
      axis.high = isFirst ? value : std::max(axis.high, value);
      isFirst = false;
    }
  axis.isLogarithmic = isY && axis.low > 0 && axis.high > 100 * axis.low;
  axis.from = isY ? kHeight - kBottom : kLeft;
  axis.to = isY ? kTop : kWidth - kRight;
  return axis;
}

/// Round values between the ends: powers of ten, or steps of 1, 2 or 5 times one.
std::vector<double> ticks(const Axis &axis) {
  std::vector<double> result;
  if (axis.isLogarithmic) {
    const double first = std::ceil(std::log10(axis.low)), last = std::floor(std::log10(axis.high));
    const double step = std::max(1.0, std::ceil((last - first) / 6));
    for (double power = first; power <= last; power += step)
      result.push_back(std::pow(10.0, power));
    return result;
  }
  return roundTicks(axis.low, axis.high);
}

/// Means of as many neighbours as it takes; what is not finite is a gap.
std::string path(const Curve &curve, const Axis &x, const Axis &y, const char *colour) {
  const std::size_t together = (curve.y.size() + kMostPoints - 1) / kMostPoints;
  std::string points;
  bool isOpen = false;
  for (std::size_t begin = 0; begin < curve.y.size(); begin += together) {
    const std::size_t end = std::min(begin + together, curve.y.size());
    double meanX = 0, meanY = 0;
    for (std::size_t k = begin; k < end; ++k) {
      meanX += curve.x[k] / static_cast<double>(end - begin);
      meanY += curve.y[k] / static_cast<double>(end - begin);
    }
    const bool isShown = std::isfinite(meanY);
    if (isShown)
      points += printed("%s%.1f %.1f", isOpen ? "L" : "M", x.pixel(meanX), y.pixel(meanY));
    isOpen = isShown;
  }
  return "<path d=\"" + points + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.5\"/>\n";
}

} // namespace

std::string drawCurves(const std::string &title, const std::vector<Curve> &curves, const std::string &xName) {
  const Axis x = axisOf(curves, false), y = axisOf(curves, true);
  std::string image = svgHead(kWidth, kHeight);
  image += svgLabel(kLeft, 24, "start", title + (y.isLogarithmic ? ", logarithmic" : ""));
  for (double tick : ticks(y)) {
    image += svgLine(kLeft, y.pixel(tick), kWidth - kRight, y.pixel(tick), "#ddd");
    image += svgLabel(kLeft - 6, y.pixel(tick) + 4, "end", printed("%.4g", tick));
  }
  for (double tick : ticks(x))
    image += svgLabel(x.pixel(tick), kHeight - kBottom + 18, "middle", printed("%.6g", tick));
  image += svgLine(kLeft, kTop, kLeft, kHeight - kBottom, "#333");
  image += svgLine(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "#333");
  image += svgLabel((kLeft + kWidth - kRight) / 2, kHeight - 8, "middle", xName);
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const char *colour = kColours[k % kColours.size()];
    image += path(curves[k], x, y, colour);
    image +=
        svgLabel(kWidth - kRight - 8, kTop + 16 * static_cast<double>(k + 1), "end", curves[k].name, colour);
  }
  return image + "</svg>\n";
}

} // namespace tl::driver
