// Pieces of SVG images.
#include "frontend/driver/Svg.h"

#include "frontend/driver/Printed.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tl::driver {

std::string escaped(const std::string &text) {
  std::string result;
  for (char letter : text)
    result += letter == '<'   ? "&lt;"
              : letter == '>' ? "&gt;"
              : letter == '&' ? "&amp;"
              : letter == '"'
                  ? "&quot;"
                  : std::string(1, static_cast<unsigned char>(letter) < ' ' && letter != '\n' ? ' ' : letter);
  return result;
}

std::string svgHead(double width, double height) {
  return printed("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                 "font-family=\"sans-serif\" font-size=\"12\">\n"
                 "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                 width, height);
}

std::string svgLine(double x1, double y1, double x2, double y2, const char *colour) {
  return printed("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2,
                 colour);
}

std::string svgLabel(double x, double y, const char *anchor, const std::string &text, const char *colour) {
  return printed("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">", x, y, anchor, colour) +
         escaped(text) + "</text>\n";
}

std::vector<double> roundTicks(double low, double high) {
  const double rough = (high - low) / 5;
  if (!(rough > 0))
    return {low};
  const double ten = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = ten * (rough < 2 * ten ? 2 : rough < 5 * ten ? 5 : 10);
  std::vector<double> result;
  for (double tick = std::ceil(low / step); tick * step <= high; ++tick)
    result.push_back(tick * step);
  return result;
}

std::string heatColour(double share) {
  static constexpr std::array<std::array<double, 3>, 5> kStops{
      {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}}};
  const double place = std::clamp(share, 0.0, 1.0) * (kStops.size() - 1);
  const std::size_t below = std::min(static_cast<std::size_t>(place), kStops.size() - 2);
  const double part = place - static_cast<double>(below);
  std::array<int, 3> mixed{};
  for (std::size_t k = 0; k < 3; ++k)
    mixed[k] = static_cast<int>(std::lround(kStops[below][k] * (1 - part) + kStops[below + 1][k] * part));
  return printed("#%02x%02x%02x", mixed[0], mixed[1], mixed[2]);
}

} // namespace tl::driver
