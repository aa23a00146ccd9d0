// Contractions that are one product of two dense tensors.
#pragma once

#include "ir/tl/TlOps.h"

#include "mlir/IR/AffineMap.h"

#include <optional>

namespace tl::passes {

/// result[maps[2](i)] += lhs[maps[0](i)] * rhs[maps[1](i)] for every i below `extents`. Dimensions of the
/// maps are the indices, symbols are `positions` of enclosing scans; every place is inside its tensor.
struct Product {
  llvm::SmallVector<std::int64_t> extents;
  llvm::SmallVector<mlir::Value> positions;
  mlir::AffineMap maps[3];
  mlir::Value lhs, rhs;
};

/// The product that a comprehension is, when it drops nothing, each of its indices is in two of the three
/// tensors at least, and it is large enough on every side that panels of both tensors are worth packing.
std::optional<Product> matchProduct(ir::ComprehensionOpInterface op);

/// Whether a read neither drops nor defaults: its tensor is whole, and its place is linear in indices with
/// ranges and scan positions, and inside.
bool readsCertainly(ir::AtOp at);

/// Whether the sum that a projection is were such a product, or a chain of them, as a tensor over the indices
/// `variables` that it takes from the scopes around it.
bool wouldBeProduct(ir::ProjectOp project, llvm::ArrayRef<mlir::Value> variables);

} // namespace tl::passes
