// Elements of one type as elements of another.
#pragma once

#include "runtime/core/Tensor.h"

#include <optional>

namespace tl::driver {

/// Whether a number is a value of `type`: integers have no fraction and do not wrap. Reals take every number.
bool fits(double value, runtime::ElementType type);

/// The row-major position of the first element that does not fit into `type`.
std::optional<std::int64_t> firstUnfit(const runtime::Tensor &tensor, runtime::ElementType type);

/// Writes `count` elements of `source` from `from` on to `target` from `to` on, in the target's type. They
/// fit.
void convertElements(const runtime::Tensor &source, std::int64_t from, runtime::Tensor &target,
                     std::int64_t to, std::int64_t count);

} // namespace tl::driver
