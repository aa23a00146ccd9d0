// When the rounds of a recursive equation may end.
#pragma once

#include "runtime/core/Tensor.h"

#include <optional>

namespace tl::runtime {

/// Whether no element counts as changed: presence is equal, integers are equal, reals are equal or, with a
/// tolerance, differ by less than tolerance * max(1, |after|). O(elements).
bool isSettled(const Tensor &before, const Tensor &after, std::optional<double> tolerance);

/// Whether a sum-product recursion has left the numbers it could converge in: an infinity, a NaN, or an
/// integer beyond 2^53 (which would wrap around some rounds later).
bool hasDiverged(const Tensor &tensor);

} // namespace tl::runtime
