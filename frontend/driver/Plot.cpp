// Answers as SVG images: lines, bars, heat maps, graphs.
#include "frontend/driver/Plot.h"

#include "frontend/driver/LossCurve.h"
#include "frontend/driver/Printed.h"
#include "frontend/driver/Svg.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <set>
#include <span>

namespace tl::driver {
namespace {

constexpr std::int64_t kMostCells = 40'000, kMostBars = 200, kMostPanels = 16, kMostLines = 4,
                       kFewestPoints = 8;
constexpr std::size_t kMostNodes = 200, kMostEdges = 4000;
constexpr double kWidth = 720, kHeight = 420, kLeft = 72, kRight = 16, kTop = 40, kBottom = 44;

double numberAt(const Answer &answer, std::int64_t position) {
  return answer.tensor.isPresent(position) ? answer.tensor.number(position)
                                           : std::numeric_limits<double>::quiet_NaN();
}

/// The name of a position along an index.
std::string nameAt(const AnswerAxis &axis, std::int64_t position) {
  if (axis.labels.empty() || !axis.domain)
    return std::to_string(position);
  return std::string(axis.domain->text(axis.labels[static_cast<std::size_t>(position)]));
}

/// `count` numbers from `first`, over 0, 1, 2, ...
Curve curveOf(const Answer &answer, std::string name, std::int64_t first, std::int64_t count) {
  Curve curve{std::move(name), {}, {}};
  for (std::int64_t k = 0; k < count; ++k) {
    curve.x.push_back(static_cast<double>(k));
    curve.y.push_back(numberAt(answer, first + k));
  }
  return curve;
}

std::string axisName(const AnswerAxis &axis, const char *fallback) {
  return axis.name.empty() ? fallback : axis.name;
}

std::string drawLines(const Answer &answer) {
  const bool isOne = answer.shape.size() == 1;
  const std::int64_t count = isOne ? 1 : answer.shape[0], length = answer.shape.back();
  std::vector<Curve> curves;
  for (std::int64_t k = 0; k < count; ++k)
    curves.push_back(curveOf(answer, isOne ? "" : nameAt(answer.axes[0], k), k * length, length));
  return drawCurves(answer.query, curves, axisName(answer.axes.back(), "position"));
}

std::string drawBars(const Answer &answer) {
  const std::int64_t count = answer.shape[0];
  double low = 0, high = 0;
  for (std::int64_t k = 0; k < count; ++k)
    if (const double value = numberAt(answer, k); std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  if (low == high)
    high = low + 1;
  auto pixel = [&](double value) {
    return kTop + (kHeight - kTop - kBottom) * (high - value) / (high - low);
  };
  std::string image = svgHead(kWidth, kHeight) + svgLabel(kLeft, 24, "start", answer.query);
  for (double tick : roundTicks(low, high)) {
    image += svgLine(kLeft, pixel(tick), kWidth - kRight, pixel(tick), "#ddd");
    image += svgLabel(kLeft - 6, pixel(tick) + 4, "end", printed("%.4g", tick));
  }
  const double step = (kWidth - kLeft - kRight) / static_cast<double>(count);
  const auto apart = static_cast<std::int64_t>(std::ceil(40 / step)); // so that names do not overlap
  for (std::int64_t k = 0; k < count; ++k) {
    const double value = numberAt(answer, k), x = kLeft + step * (static_cast<double>(k) + 0.1);
    if (std::isfinite(value))
      image += printed("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#1f77b4\"/>\n", x,
                       pixel(std::max(value, 0.0)), step * 0.8, std::abs(pixel(0) - pixel(value)));
    if (k % apart == 0)
      image += svgLabel(x + step * 0.4, kHeight - kBottom + 18, "middle", nameAt(answer.axes[0], k));
  }
  return image + svgLine(kLeft, pixel(0), kWidth - kRight, pixel(0), "#333") + "</svg>\n";
}

struct Panel {
  double x, y, side;
  std::int64_t first; // the position of its first element
};

std::string heatPanel(const Answer &answer, const Panel &panel, double low, double high) {
  const std::size_t rank = answer.shape.size();
  const std::int64_t rows = answer.shape[rank - 2], columns = answer.shape[rank - 1];
  const double cell = panel.side / static_cast<double>(std::max(rows, columns));
  std::string image;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) {
      const double value = numberAt(answer, panel.first + row * columns + column);
      const std::string colour =
          std::isfinite(value) ? heatColour(high > low ? (value - low) / (high - low) : 0.5) : "#ffffff";
      image += printed("<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n",
                       panel.x + cell * static_cast<double>(column),
                       panel.y + cell * static_cast<double>(row), cell, cell, colour.c_str());
    }
  const std::int64_t apart = static_cast<std::int64_t>(std::ceil(16 / cell)),
                     apartAcross = static_cast<std::int64_t>(std::ceil(36 / cell));
  for (std::int64_t row = 0; row < rows; row += apart)
    image += svgLabel(panel.x - 4, panel.y + cell * (static_cast<double>(row) + 0.5) + 4, "end",
                      nameAt(answer.axes[rank - 2], row));
  for (std::int64_t column = 0; column < columns; column += apartAcross)
    image += svgLabel(panel.x + cell * (static_cast<double>(column) + 0.5),
                      panel.y + cell * static_cast<double>(rows) + 14, "middle",
                      nameAt(answer.axes[rank - 1], column));
  return image;
}

std::string drawHeat(const Answer &answer) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::int64_t k = 0; k < answer.tensor.elements(); ++k)
    if (const double value = numberAt(answer, k); std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  const std::size_t rank = answer.shape.size();
  const std::int64_t panels = rank == 3 ? answer.shape[0] : 1;
  const auto across = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(panels))));
  const double side = panels == 1 ? 360 : 220, stepX = side + 64, stepY = side + 56;
  const std::int64_t down = (panels + across - 1) / across;
  std::string image =
      svgHead(stepX * static_cast<double>(across) + 40, stepY * static_cast<double>(down) + 40);
  image += svgLabel(48, 24, "start", answer.query + printed(", from %.4g to %.4g", low, high));
  for (std::int64_t k = 0; k < panels; ++k) {
    const double x = 56 + stepX * static_cast<double>(k % across),
                 y = 56 + stepY * static_cast<double>(k / across);
    if (panels > 1)
      image +=
          svgLabel(x, y - 6, "start", axisName(answer.axes[0], "panel") + " = " + nameAt(answer.axes[0], k));
    image += heatPanel(answer, {x, y, side, k * (answer.tensor.elements() / panels)}, low, high);
  }
  return image + "</svg>\n";
}

/// Where the nodes of a graph stand: on a circle, in the order in which a walk along the edges first meets
/// them.
std::map<std::string, std::pair<double, double>>
placed(const std::vector<std::pair<std::string, std::string>> &edges, double middle, double radius) {
  std::map<std::string, std::set<std::string>> beside;
  for (const auto &[from, to] : edges) {
    beside[from].insert(to);
    beside[to].insert(from);
  }
  std::vector<std::string> order;
  std::set<std::string> seen;
  for (const auto &[start, unused] : beside) {
    std::vector<std::string> open{start};
    while (!open.empty()) {
      std::string node = open.back();
      open.pop_back();
      if (!seen.insert(node).second)
        continue;
      order.push_back(node);
      open.insert(open.end(), beside[node].rbegin(), beside[node].rend());
    }
  }
  std::map<std::string, std::pair<double, double>> places;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(order.size());
    places[order[k]] = {middle + radius * std::sin(turn), middle - radius * std::cos(turn)};
  }
  return places;
}

std::string nodeName(const Answer::Column &column, runtime::Cell cell) {
  return column.domain ? std::string(cellText(column, cell)) : std::to_string(cell);
}

std::optional<std::string> drawGraph(const Answer &answer, std::string &reason) {
  std::vector<std::pair<std::string, std::string>> edges;
  for (std::size_t row = 0; row < answer.rows.size(); ++row) {
    std::span<const runtime::Cell> cells = answer.rows.row(row);
    edges.emplace_back(nodeName(answer.columns[0], cells[0]), nodeName(answer.columns[1], cells[1]));
  }
  constexpr double kMiddle = 340, kRadius = 280, kNode = 6;
  const auto places = placed(edges, kMiddle, kRadius);
  if (places.empty() || places.size() > kMostNodes || edges.size() > kMostEdges) {
    reason = "a graph of " + std::to_string(places.size()) + " nodes and " + std::to_string(edges.size()) +
             " edges is not drawn";
    return std::nullopt;
  }
  std::string image = svgHead(2 * kMiddle, 2 * kMiddle + 20);
  image +=
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
      "<path d=\"M0 0L8 4L0 8z\" fill=\"#888\"/></marker></defs>\n";
  image += svgLabel(16, 20, "start", answer.query);
  for (const auto &[from, to] : edges) {
    const auto [x1, y1] = places.at(from);
    const auto [x2, y2] = places.at(to);
    const double length = std::hypot(x2 - x1, y2 - y1);
    if (length == 0) {
      image += printed("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"none\" stroke=\"#888\"/>\n", x1,
                       y1 - 2 * kNode, 2 * kNode);
      continue;
    }
    const double cut = (kNode + 1) / length;
    image += printed(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#888\" marker-end=\"url(#arrow)\"/>\n",
        x1, y1, x2 - (x2 - x1) * cut, y2 - (y2 - y1) * cut);
  }
  for (const auto &[name, place] : places) {
    const auto [x, y] = place;
    image += printed("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#1f77b4\"/>\n", x, y, kNode);
    image += svgLabel(x + (x < kMiddle - 1 ? -10 : 10), y + 4, x < kMiddle - 1 ? "end" : "start", name);
  }
  return image + "</svg>\n";
}

} // namespace

std::optional<std::string> draw(const Answer &answer, std::string &reason) {
  if (answer.kind == runtime::QuestionKind::Relation && answer.columns.size() == 2)
    return drawGraph(answer, reason);
  const std::size_t rank = answer.shape.size();
  if (answer.kind != runtime::QuestionKind::Tensor || rank < 1 || rank > 3 || answer.tensor.elements() == 0) {
    reason =
        "an answer of this form has no picture; lists, matrices, stacks of matrices and relations of pairs have one";
    return std::nullopt;
  }
  if (rank == 1 && !answer.axes[0].labels.empty() && answer.shape[0] <= kMostBars)
    return drawBars(answer);
  if (rank == 1 || (rank == 2 && answer.shape[0] <= kMostLines && answer.shape[1] >= kFewestPoints))
    return drawLines(answer);
  if (answer.tensor.elements() > kMostCells || (rank == 3 && answer.shape[0] > kMostPanels)) {
    reason = "a heat map of " + std::to_string(answer.tensor.elements()) + " numbers is not drawn";
    return std::nullopt;
  }
  return drawHeat(answer);
}

} // namespace tl::driver
