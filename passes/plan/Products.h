// Contractions that are one product of two dense tensors.
#pragma once

#include "passes/plan/Interval.h"

#include "ir/tl/TlOps.h"

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"

#include "llvm/ADT/MapVector.h"

#include <optional>

namespace tl::passes {

/// Conditions of a body that ask only for a range of an enclosing scan's positions: nothing is reached at
/// other steps.
struct StepConditions {
  llvm::MapVector<mlir::Value, Interval> ranges;
  llvm::SmallVector<ir::WhereOp> conditions;

  explicit StepConditions(mlir::Block &body);
  /// The positions at which the body does something; none for a value that is no position.
  std::optional<Interval> rangeOf(mlir::Value position) const;
  /// Repeats the conditions where `builder` stands.
  void clone(mlir::OpBuilder &builder) const;
};

/// result[maps[2](i)] += lhs[maps[0](i)] * rhs[maps[1](i)] for every i below `extents`. Dimensions of the
/// maps are the indices, symbols are `positions` of enclosing scans; every place is inside its tensor as long
/// as these are within `steps`, two bounds for each.
struct Product {
  llvm::SmallVector<std::int64_t> extents;
  llvm::SmallVector<mlir::Value> positions;
  llvm::SmallVector<std::int64_t> steps;
  mlir::AffineMap maps[3];
  mlir::Value lhs, rhs;
};

/// The product that a comprehension is, when it drops nothing, each of its indices is in two of the three
/// tensors at least, and it is large enough on every side that panels of both tensors are worth packing.
std::optional<Product> matchProduct(ir::ComprehensionOpInterface op);

/// Whether a read neither drops nor defaults: its tensor is whole, and its place is linear in indices with
/// ranges and scan positions, and inside at the steps of `conditions`.
bool readsCertainly(ir::AtOp at, const StepConditions &conditions);

/// Whether the sum that a projection is were such a product, or a chain of them, as a tensor over the indices
/// `variables` that it takes from the scopes around it. `conditions` are those of the equation it stands in.
bool wouldBeProduct(ir::ProjectOp project, llvm::ArrayRef<mlir::Value> variables,
                    const StepConditions &conditions);

} // namespace tl::passes
