// What the ops that look at a place of a tensor or relation share.
#pragma once

#include "ir/tl/TlOps.h"

namespace tl::ir {

/// `map`, applied to as many operands as it takes, gives one coordinate per axis or column of `tensor`.
mlir::LogicalResult verifyPlace(mlir::Operation *op, mlir::AffineMap map, std::size_t operands,
                                mlir::Type tensor);

/// The position of the operand that `coordinate` is, when it is one and nothing else.
std::optional<unsigned> standsAlone(mlir::AffineExpr coordinate);

/// Conditions on a body of declarations: what may stand in it, and that a literal generates each index
/// without a range.
mlir::LogicalResult verifyDeclarations(mlir::Block &body);

/// Whether elements of `tensor` may be combined under `monoid`.
mlir::LogicalResult verifyMonoid(mlir::Operation *op, mlir::Type tensor, Monoid monoid);

} // namespace tl::ir
