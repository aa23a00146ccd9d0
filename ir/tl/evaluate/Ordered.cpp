// The meaning of cumsum, cumprod, sort, rank and order: every group as a list of positions.
#include "ir/tl/evaluate/Ordered.h"

#include "ir/tl/evaluate/Fold.h"
#include "ir/tl/evaluate/Numbers.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace tl::ir {

using runtime::ElementType;
using runtime::Result;
using runtime::Tensor;

namespace {

/// One group at a time, in row-major order.
struct OrderedRows {
  Normalization kind;
  double limit;
  const Tensor &input;
  Tensor &output;

  bool isReal() const { return runtime::isFloat(input.type()); }
  /// Whether the element at `lhs` comes before the one at `rhs`: ascending or, for an order, descending, NaN
  /// last, ties in the order of the row.
  bool isBefore(std::int64_t lhs, std::int64_t rhs) const {
    if (!isReal()) {
      std::int64_t x = input.integer(lhs), y = input.integer(rhs);
      return x != y ? (x < y) != isDescending() : lhs < rhs;
    }
    double x = input.number(lhs), y = input.number(rhs);
    if (std::isnan(x) || std::isnan(y))
      return std::isnan(x) == std::isnan(y) ? lhs < rhs : std::isnan(y);
    return x != y ? (x < y) != isDescending() : lhs < rhs;
  }

  void run(std::span<const std::int64_t> row, std::span<std::int64_t> sorted) const;

private:
  bool isDescending() const { return kind == Normalization::Order; }
  void accumulate(std::span<const std::int64_t> row) const;
};

/// Reals are carried in f64, as in every sum.
void OrderedRows::accumulate(std::span<const std::int64_t> row) const {
  const Monoid monoid = kind == Normalization::CumSum ? Monoid::Add : Monoid::Multiply;
  const ElementType carried = isReal() ? ElementType::F64 : input.type();
  Number total = {};
  for (std::size_t place = 0; place < row.size(); ++place) {
    Number next =
        isReal() ? Number{.real = input.number(row[place])} : Number{.integer = input.integer(row[place])};
    total = place == 0 ? next : combine(monoid, total, next, carried);
    if (isReal())
      output.setNumber(row[place], total.real);
    else
      output.setInteger(row[place], total.integer);
  }
}

/// `row`: the positions that are present; `sorted`: room for as many.
void OrderedRows::run(std::span<const std::int64_t> row, std::span<std::int64_t> sorted) const {
  if (kind == Normalization::CumSum || kind == Normalization::CumProd)
    return accumulate(row);
  std::copy(row.begin(), row.end(), sorted.begin());
  std::sort(sorted.begin(), sorted.end(), [&](auto lhs, auto rhs) { return isBefore(lhs, rhs); });
  for (std::size_t place = 0; place < row.size(); ++place)
    if (kind == Normalization::Rank)
      output.setInteger(sorted[place], static_cast<std::int64_t>(place));
    else if (kind == Normalization::Order)
      output.setInteger(sorted[place],
                        static_cast<double>(place + 1) <= limit ? static_cast<std::int64_t>(place) + 1 : 0);
    else if (isReal())
      output.setNumber(row[place], input.number(sorted[place]));
    else
      output.setInteger(row[place], input.integer(sorted[place]));
}

} // namespace

Result<void> evaluateOrdered(Normalization kind, double limit, const Tensor &input, Tensor &output,
                             const Groups &groups, Evaluator &evaluator) {
  Charge charge(evaluator.budget);
  TL_TRY(charge.resize(2 * static_cast<std::size_t>(input.elements()) * sizeof(std::int64_t),
                       "a tensor in order"));
  std::vector<std::int64_t> positions;
  positions.reserve(static_cast<std::size_t>(input.elements()));
  for (std::int64_t position = 0; position < input.elements(); ++position)
    if (input.isPresent(position))
      positions.push_back(position);
  std::sort(positions.begin(), positions.end(), [&](std::int64_t lhs, std::int64_t rhs) {
    return std::pair(groups.of(lhs), lhs) < std::pair(groups.of(rhs), rhs);
  });
  std::vector<std::int64_t> sorted(positions.size());
  OrderedRows rows{kind, limit, input, output};
  for (std::size_t begin = 0, end = 0; begin < positions.size(); begin = end) {
    while (end < positions.size() && groups.of(positions[end]) == groups.of(positions[begin]))
      ++end;
    rows.run(std::span(positions).subspan(begin, end - begin), std::span(sorted).subspan(begin, end - begin));
  }
  return {};
}

} // namespace tl::ir
