// Curves and maps.
#include "frontend/repl/Plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tl::repl {
namespace {

constexpr std::array<const char *, 5> kShades{" ", "░", "▒", "▓", "█"};
constexpr std::array<const char *, 9> kEighths{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}

/// Averages over `rows` times `columns` cells; NaN where a cell has no number.
struct Grid {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;
  double least = INFINITY, most = -INFINITY;
};

Grid gridOf(const driver::Answer &answer, std::size_t mostRows, std::size_t mostColumns) {
  const bool isMatrix = answer.shape.size() == 2;
  const auto height = static_cast<std::size_t>(isMatrix ? answer.shape[0] : 1);
  const auto width = static_cast<std::size_t>(answer.shape.back());
  Grid grid{std::min(height, mostRows), std::min(width, mostColumns), {}};
  std::vector<double> sums(grid.rows * grid.columns);
  std::vector<std::size_t> counts(sums.size());
  for (std::size_t row = 0; row < height; ++row)
    for (std::size_t column = 0; column < width; ++column) {
      auto position = static_cast<std::int64_t>(row * width + column);
      double value = answer.tensor.isPresent(position) ? answer.tensor.number(position) : NAN;
      if (!std::isfinite(value))
        continue;
      std::size_t cell = row * grid.rows / height * grid.columns + column * grid.columns / width;
      sums[cell] += value;
      ++counts[cell];
    }
  for (std::size_t cell = 0; cell < sums.size(); ++cell) {
    grid.values.push_back(counts[cell] ? sums[cell] / static_cast<double>(counts[cell]) : NAN);
    if (counts[cell])
      grid.least = std::min(grid.least, grid.values[cell]),
      grid.most = std::max(grid.most, grid.values[cell]);
  }
  return grid;
}

/// Where `value` lies between the extremes, from 0 to 1; 1/2 when they are equal.
double height(const Grid &grid, double value) {
  return grid.most > grid.least ? (value - grid.least) / (grid.most - grid.least) : 0.5;
}

std::string curve(const Grid &grid, std::size_t rows) {
  const std::string top = number(grid.most), bottom = number(grid.least);
  const std::size_t margin = std::max(top.size(), bottom.size());
  std::string out;
  for (std::size_t row = rows; row-- > 0;) {
    std::string label = row + 1 == rows ? top : row == 0 ? bottom : "";
    out += std::string(margin - label.size(), ' ') + label + " │";
    for (double value : grid.values) {
      // At least an eighth, so that the least value shows.
      double eighths =
          std::isnan(value) ? 0 : std::max(1.0, height(grid, value) * 8 * static_cast<double>(rows));
      double above = eighths - 8 * static_cast<double>(row);
      out += kEighths[static_cast<std::size_t>(std::clamp(std::round(above), 0.0, 8.0))];
    }
    out += "\n";
  }
  return out;
}

std::string map(const Grid &grid) {
  std::string out;
  for (std::size_t row = 0; row < grid.rows; ++row) {
    out += "│";
    for (std::size_t column = 0; column < grid.columns; ++column) {
      double value = grid.values[row * grid.columns + column];
      auto shade = std::isnan(value) ? 0 : static_cast<std::size_t>(std::min(4.0, height(grid, value) * 5));
      out += std::isnan(value) ? "·" : kShades[shade];
    }
    out += "│\n";
  }
  return out;
}

} // namespace

PlotSize plotSizeIn(std::size_t windowRows, std::size_t windowColumns) {
  constexpr std::size_t kLabel = 13; // the longest number, a space and the axis
  constexpr std::size_t kBelow = 3;  // the caption and the next prompt
  PlotSize size;
  if (windowColumns > 0)
    size.columns = std::clamp(windowColumns, kLabel + 8, kLabel + size.columns) - kLabel;
  for (std::size_t *rows : {&size.curveRows, &size.mapRows})
    if (windowRows > 0)
      *rows = std::clamp(windowRows, kBelow + 2, kBelow + *rows) - kBelow;
  return size;
}

std::string plot(const driver::Answer &answer, const PlotSize &size) {
  if (answer.kind != runtime::QuestionKind::Tensor || answer.shape.empty() || answer.shape.size() > 2)
    return "only tensors with one or two indices can be drawn; fix the others, as in ':plot W[0,i,j]'\n";
  if (answer.tensor.elements() == 0)
    return "there are no elements\n";
  const bool isMatrix = answer.shape.size() == 2;
  Grid grid = gridOf(answer, isMatrix ? size.mapRows : 1, size.columns);
  if (grid.least > grid.most)
    return "there are no numbers\n";
  std::string caption = answer.query + ": " + number(grid.least) + " to " + number(grid.most);
  for (std::size_t axis = 0; axis < answer.axes.size(); ++axis) {
    std::string name = answer.axes[axis].name.empty() ? "_" : answer.axes[axis].name;
    caption +=
        ", " + name + (isMatrix && axis == 0 ? " down" : " right") + " " + std::to_string(answer.shape[axis]);
  }
  return (isMatrix ? map(grid) : curve(grid, size.curveRows)) + caption + "\n";
}

} // namespace tl::repl
