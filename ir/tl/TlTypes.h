// Questions about the types of tensors.
#pragma once

#include "ir/tl/TlDialect.h"

namespace tl::ir {

/// Whether elements may be absent, as in the results of `max=` and `min=`.
bool isPartial(mlir::Type type);
bool isRelation(mlir::Type type);

/// The tensor type of a dense tensor, partial or not; null for a relation.
mlir::RankedTensorType denseType(mlir::Type type);

/// Axes of a dense tensor, columns of a relation.
std::size_t rankOf(mlir::Type type);

/// Values computed inside comprehensions: integers, floats and index.
bool isScalar(mlir::Type type);

} // namespace tl::ir
