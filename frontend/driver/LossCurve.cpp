// A curve as an SVG image.
#include "frontend/driver/LossCurve.h"

#include "frontend/driver/Printed.h"

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
  const double rough = (axis.high - axis.low) / 5;
  if (!(rough > 0))
    return {axis.low};
  const double ten = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = ten * (rough < 2 * ten ? 2 : rough < 5 * ten ? 5 : 10);
  for (double tick = std::ceil(axis.low / step); tick * step <= axis.high; ++tick)
    result.push_back(tick * step);
  return result;
}

std::string escaped(const std::string &text) {
  std::string result;
  for (char letter : text)
    result += letter == '<' ? "&lt;" : letter == '>' ? "&gt;" : letter == '&' ? "&amp;" : std::string(1, letter);
  return result;
}

std::string line(double x1, double y1, double x2, double y2, const char *colour) {
  return printed("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, colour);
}

std::string label(double x, double y, const char *anchor, const std::string &text, const char *colour = "#333") {
  return printed("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n", x, y, anchor, colour,
                 escaped(text).c_str());
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

std::string drawCurves(const std::string &title, const std::vector<Curve> &curves) {
  const Axis x = axisOf(curves, false), y = axisOf(curves, true);
  std::string image = printed("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                              "font-family=\"sans-serif\" font-size=\"12\">\n"
                              "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                              kWidth, kHeight);
  image += label(kLeft, 24, "start", title + (y.isLogarithmic ? ", logarithmic" : ""));
  for (double tick : ticks(y)) {
    image += line(kLeft, y.pixel(tick), kWidth - kRight, y.pixel(tick), "#ddd");
    image += label(kLeft - 6, y.pixel(tick) + 4, "end", printed("%.4g", tick));
  }
  for (double tick : ticks(x))
    image += label(x.pixel(tick), kHeight - kBottom + 18, "middle", printed("%.6g", tick));
  image += line(kLeft, kTop, kLeft, kHeight - kBottom, "#333");
  image += line(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "#333");
  image += label((kLeft + kWidth - kRight) / 2, kHeight - 8, "middle", "step");
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const char *colour = kColours[k % kColours.size()];
    image += path(curves[k], x, y, colour);
    image += label(kWidth - kRight - 8, kTop + 16 * static_cast<double>(k + 1), "end", curves[k].name, colour);
  }
  return image + "</svg>\n";
}

} // namespace tl::driver
