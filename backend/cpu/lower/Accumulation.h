// The rules by which reductions accumulate.
#pragma once

#include "backend/cpu/lower/Scalars.h"
#include "ir/plan/PlanOps.h"
#include "ir/tl/TlOps.h"

namespace tl::backend::cpu {

/// Whether a reduction chooses a position: argmax and argmin.
bool hasPosition(ir::Projection kind);

/// The type of what is contributed to `op`.
mlir::Type contributedType(plan::ReduceOp op);

/// The type by which a value of `type` lies in memory: truths are bytes.
llvm::Type *storedType(llvm::Type *type);

/// The accumulators of a reduction as values, of one lane or of several; null where the kind has none.
struct Accumulated {
  llvm::Value *value = nullptr, *position = nullptr, *count = nullptr, *reached = nullptr;
};

/// How accumulators of one kind take a value or meet each other.
class Rules {
public:
  Rules(llvm::IRBuilder<> &ir, ScalarEmitter &scalars, ir::Projection kind, mlir::Type type)
      : ir(ir), scalars(scalars), kind(kind), type(type) {}

  /// Accumulators are counts, truths, or of the contributed type; sums of f16 and bf16 are kept in f32.
  llvm::Type *accumulatorType() const;
  llvm::Constant *identity() const;
  /// What one contribution is on its own.
  Accumulated single(llvm::Value *value, llvm::Value *position, llvm::Value *yes);
  Accumulated merge(const Accumulated &lhs, const Accumulated &rhs);
  /// The result of `total` as a value of `result`.
  llvm::Value *finished(const Accumulated &total, mlir::Type result);

private:
  bool isTruth() const { return kind == ir::Projection::Any || kind == ir::Projection::All; }
  llvm::Constant *bound(llvm::Type *accumulator, bool largest) const;
  llvm::Value *combined(llvm::Value *lhs, llvm::Value *rhs);
  llvm::Value *takesRight(const Accumulated &lhs, const Accumulated &rhs);

  llvm::IRBuilder<> &ir;
  ScalarEmitter &scalars;
  ir::Projection kind;
  mlir::Type type;
};

} // namespace tl::backend::cpu
