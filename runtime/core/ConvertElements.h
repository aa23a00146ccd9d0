// Elements of one type as elements of another.
#pragma once

#include "runtime/core/Tensor.h"

#include <optional>

namespace tl::runtime {

/// Whether a number is a value of `type`: integers have no fraction and do not wrap. Reals take every number.
bool fits(double value, ElementType type);

/// The row-major position of the first element that does not fit into `type`.
std::optional<std::int64_t> firstUnfit(const Tensor &tensor, ElementType type);

/// Writes `count` elements of `source` from `from` on to `target` from `to` on, in the target's type. They
/// fit.
void convertElements(const Tensor &source, std::int64_t from, Tensor &target, std::int64_t to,
                     std::int64_t count);

} // namespace tl::runtime
