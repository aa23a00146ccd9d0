// Element types of the runtime as types of MLIR and back.
#pragma once

#include "runtime/core/ElementType.h"

#include <optional>

namespace mlir {
class MLIRContext;
class Type;
} // namespace mlir

namespace tl::ir {

/// `bool` is i1.
mlir::Type typeOf(mlir::MLIRContext &context, runtime::ElementType type);

/// The element type stored as `type`; none for index and for widths the runtime has no storage for.
std::optional<runtime::ElementType> elementTypeOf(mlir::Type type);

} // namespace tl::ir
