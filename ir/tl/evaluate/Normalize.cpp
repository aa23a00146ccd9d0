// The meaning of tl.normalize: statistics per group of elements, then every element by its group's.
#include "ir/tl/evaluate/Groups.h"
#include "ir/tl/evaluate/Ordered.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tl::ir {

using runtime::ElementType;
using runtime::Error;
using runtime::Result;
using runtime::Shape;
using runtime::Tensor;
using runtime::Value;

namespace {

/// One number per group.
Result<Tensor> perGroup(const Groups &groups, double initial, Evaluator &evaluator) {
  Result<Tensor> numbers =
      Tensor::create(evaluator.budget, ElementType::F64, {groups.size()}, "a normalisation");
  if (numbers)
    std::fill_n(numbers->mutableAs<double>(), groups.size(), initial);
  return numbers;
}

struct Normalizer {
  const Tensor &input;
  Tensor output;
  Groups groups;
  Evaluator &evaluator;

  /// Calls `visit(position, group, x)` for every element that is present.
  template <typename Visit> void forEach(Visit visit) const {
    for (std::int64_t position = 0; position < input.elements(); ++position)
      if (input.isPresent(position))
        visit(position, groups.of(position), input.number(position));
  }

  /// `term(group, x)` summed over the elements of each group.
  template <typename Term> Result<Tensor> sums(Term term) const {
    Result<Tensor> totals = perGroup(groups, 0, evaluator);
    if (totals) {
      double *total = totals->mutableAs<double>();
      forEach([&](std::int64_t, std::int64_t group, double x) { total[group] += term(group, x); });
    }
    return totals;
  }

  /// exp(x - m) / sum exp(x - m), m being the largest, so that nothing overflows; its logarithm if
  /// `isLogarithm`.
  Result<void> softmax(bool isLogarithm);
  /// (x - mean) / sqrt(variance + eps), the variance of the population.
  Result<void> layerNorm(double epsilon);
  /// x / sqrt(mean of x^2 + eps).
  Result<void> rmsNorm(double epsilon);
  /// x / max(sqrt(sum of x^2), eps).
  Result<void> l2Norm(double epsilon);
};

Result<void> Normalizer::softmax(bool isLogarithm) {
  Result<Tensor> largest = perGroup(groups, -std::numeric_limits<double>::infinity(), evaluator);
  if (!largest)
    return largest.error();
  double *most = largest->mutableAs<double>();
  forEach(
      [&](std::int64_t, std::int64_t group, double x) { most[group] = x > most[group] ? x : most[group]; });
  Result<Tensor> totals = sums([&](std::int64_t group, double x) { return std::exp(x - most[group]); });
  if (!totals)
    return totals.error();
  const double *total = totals->as<double>();
  forEach([&](std::int64_t position, std::int64_t group, double x) {
    double shifted = x - most[group];
    output.setNumber(position,
                     isLogarithm ? shifted - std::log(total[group]) : std::exp(shifted) / total[group]);
  });
  return {};
}

Result<void> Normalizer::layerNorm(double epsilon) {
  Result<Tensor> counts = sums([](std::int64_t, double) { return 1.0; });
  Result<Tensor> totals = sums([](std::int64_t, double x) { return x; });
  if (!counts || !totals)
    return !counts ? counts.error() : totals.error();
  const double *count = counts->as<double>(), *total = totals->as<double>();
  auto centered = [&](std::int64_t group, double x) { return x - total[group] / count[group]; };
  Result<Tensor> squares =
      sums([&](std::int64_t group, double x) { return centered(group, x) * centered(group, x); });
  if (!squares)
    return squares.error();
  const double *square = squares->as<double>();
  forEach([&](std::int64_t position, std::int64_t group, double x) {
    output.setNumber(position, centered(group, x) / std::sqrt(square[group] / count[group] + epsilon));
  });
  return {};
}

Result<void> Normalizer::rmsNorm(double epsilon) {
  Result<Tensor> counts = sums([](std::int64_t, double) { return 1.0; });
  Result<Tensor> squares = sums([](std::int64_t, double x) { return x * x; });
  if (!counts || !squares)
    return !counts ? counts.error() : squares.error();
  const double *count = counts->as<double>(), *square = squares->as<double>();
  forEach([&](std::int64_t position, std::int64_t group, double x) {
    output.setNumber(position, x / std::sqrt(square[group] / count[group] + epsilon));
  });
  return {};
}

Result<void> Normalizer::l2Norm(double epsilon) {
  Result<Tensor> squares = sums([](std::int64_t, double x) { return x * x; });
  if (!squares)
    return squares.error();
  const double *square = squares->as<double>();
  forEach([&](std::int64_t position, std::int64_t group, double x) {
    output.setNumber(position, x / std::max(std::sqrt(square[group]), epsilon));
  });
  return {};
}

Result<void> normalize(Normalizer &normalizer, Normalization kind, llvm::ArrayRef<double> parameters) {
  switch (kind) {
  case Normalization::Softmax:
    return normalizer.softmax(false);
  case Normalization::LogSoftmax:
    return normalizer.softmax(true);
  case Normalization::LayerNorm:
    return normalizer.layerNorm(parameters[0]);
  case Normalization::RmsNorm:
    return normalizer.rmsNorm(parameters[0]);
  case Normalization::L2Norm:
    return normalizer.l2Norm(parameters[0]);
  case Normalization::CumSum:
  case Normalization::CumProd:
  case Normalization::Sort:
  case Normalization::Rank:
  case Normalization::Order:
    break;
  }
  llvm_unreachable("every normalisation is handled");
}

} // namespace

Result<std::vector<Value>> NormalizeOp::evaluate(Evaluator &evaluator) {
  const Tensor &input = std::get<Tensor>(evaluator.valueOf(getTensor()));
  ElementType type = givesPlaces(getKind()) ? ElementType::I64 : input.type();
  Result<Tensor> output = Tensor::create(evaluator.budget, type, input.shape(), "a normalised tensor");
  if (!output)
    return output.error();
  Groups groups(input.shape(), getAlong());
  std::vector<Value> values;
  if (isOrdered(getKind())) {
    double limit = getParameters().empty() ? 0 : getParameters()[0];
    TL_TRY(evaluateOrdered(getKind(), limit, input, *output, groups, evaluator));
    values.push_back(*std::move(output));
    return values;
  }
  Normalizer normalizer{input, *std::move(output), groups, evaluator};
  TL_TRY(normalize(normalizer, getKind(), getParameters()));
  values.push_back(std::move(normalizer.output));
  return values;
}

} // namespace tl::ir
