// Which tensors and scalars change with the tensors that a scalar is derived by.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseSet.h"

namespace tl::passes {

/// Where the chain of equations that ends in `value` begins: a `tl.empty` or `tl.read`, or what else defines
/// it. What a scan carries is one chain with what it begins as and with its result, because its steps write
/// elements that are read only when they are finished. Every value of a chain therefore shares one cotangent.
mlir::Value rootOf(mlir::Value value);

/// The end of the chain: the finished tensor. The chain of a fixpoint's body ends in the fixpoint's result.
mlir::Value finalOf(mlir::Value value);

/// The equations of the chain that begins at `root`, those inside scans included, in the order of the chain.
llvm::SmallVector<ir::ComprehensionOpInterface> equationsOf(mlir::Value root);

/// The scalars of `block`, and of projections in it, that change with the elements for which `isSource`
/// holds.
void markActive(mlir::Block &block, llvm::function_ref<bool(ir::AtOp)> isSource,
                llvm::DenseSet<mlir::Value> &active);

/// The chains of a program that change with some tensors, and those of them that a scalar changes with.
class Activity {
public:
  Activity(ir::ProgramOp program, mlir::Value scalar, mlir::ValueRange tensors);

  /// Whether `tensor` changes, by its chain.
  bool contains(mlir::Value tensor) const { return roots.contains(rootOf(tensor)); }
  /// Whether the scalar changes with `tensor`, which itself changes.
  bool reaches(mlir::Value tensor) const { return useful.contains(rootOf(tensor)); }
  /// The reads of `op` through which its value changes, in the order of the body.
  llvm::SmallVector<ir::AtOp> activeReads(ir::ComprehensionOpInterface op) const;

private:
  bool changes(mlir::Operation *op);
  bool isReachedFrom(mlir::Operation *op);
  bool addUseful(mlir::Value tensor);

  llvm::DenseSet<mlir::Value> roots, useful;
};

} // namespace tl::passes
