// Comparing the rounds of a recursion.
#include "runtime/core/Convergence.h"

#include <algorithm>
#include <cmath>

namespace tl::runtime {
namespace {

constexpr std::int64_t kLargestInteger = std::int64_t{1} << 53;

bool isSettled(double before, double after, std::optional<double> tolerance) {
  if (before == after || (std::isnan(before) && std::isnan(after) && !tolerance))
    return true;
  return tolerance && std::abs(after - before) < *tolerance * std::max(1.0, std::abs(after));
}

bool isSettledAt(const Tensor &before, const Tensor &after, std::int64_t position,
                 std::optional<double> tolerance) {
  if (before.isPresent(position) != after.isPresent(position))
    return false;
  if (!after.isPresent(position))
    return true;
  if (!isFloat(after.type()))
    return before.integer(position) == after.integer(position);
  return isSettled(before.number(position), after.number(position), tolerance);
}

} // namespace

bool isSettled(const Tensor &before, const Tensor &after, std::optional<double> tolerance) {
  for (std::int64_t position = 0; position < after.elements(); ++position)
    if (!isSettledAt(before, after, position, tolerance))
      return false;
  return true;
}

bool hasDiverged(const Tensor &tensor) {
  for (std::int64_t position = 0; position < tensor.elements(); ++position) {
    if (!tensor.isPresent(position))
      continue;
    if (isFloat(tensor.type()) ? !std::isfinite(tensor.number(position))
                               : std::abs(tensor.integer(position)) > kLargestInteger)
      return true;
  }
  return false;
}

} // namespace tl::runtime
