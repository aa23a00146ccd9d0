// How long the values of a program live, and which may change in place.
#pragma once

#include "mlir/IR/Value.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

namespace tl::backend::cpu {

/// For each op of a program, the values of its block that nothing after it needs.
class Lifetimes {
public:
  explicit Lifetimes(mlir::Operation *program);

  llvm::ArrayRef<mlir::Value> endingAt(mlir::Operation *op) const;
  bool endsAt(mlir::Value value, mlir::Operation *op) const {
    return llvm::is_contained(endingAt(op), value);
  }
  /// Whether only kernels and normalisations ever see the storage of `value`, a dense tensor: when the value
  /// ends, the storage is nobody's.
  bool isPrivate(mlir::Value value) const { return privates.contains(value); }

private:
  void add(mlir::Value value, mlir::Operation *definition, mlir::Block &block);
  void add(mlir::Block &block);
  void addPrivate(mlir::Operation &origin);

  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value>> ending;
  llvm::DenseSet<mlir::Value> privates;
};

/// The block argument that `value` began as before calls combined into it; `value` itself or an earlier
/// result otherwise.
mlir::Value rootOf(mlir::Value value);

/// Whether `value` is carried through the steps of a scan. Each step of a scan writes slices that no earlier
/// version is read at, so all versions of such a tensor share one storage.
bool isCarriedByScan(mlir::Value value);

/// Whether `value` is carried by the rounds of a plan.seminaive, which commits once a round.
bool isCarriedBySemiNaive(mlir::Value value);

/// Whether `value` is what a tl.fixpoint starts a round from, which stays as it is to be compared with.
bool isFixpointArgument(mlir::Value value);

/// Whether the regions of `op` use `value`, which is defined outside it.
bool isCapturedBy(mlir::Value value, mlir::Operation *op);

} // namespace tl::backend::cpu
