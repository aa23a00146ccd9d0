// What is reported when linear algebra has no answer.
#pragma once

#include "runtime/core/Result.h"
#include "runtime/core/Shape.h"

#include <string_view>

namespace tl::runtime {

/// Why a matrix has no answer.
enum class MatrixFailure { Singular, NotPositiveDefinite, NotConverged };

/// The Check error for the matrix number `matrix` (row-major over `batch`, the extents of the indices that
/// count matrices) of `subject`, as the program calls it, in a call of `function`.
Error matrixError(MatrixFailure failure, std::string_view function, std::string_view subject,
                  const Shape &batch, std::int64_t matrix);

} // namespace tl::runtime
