// Turns one tile.kernel into an LLVM function for NVPTX.
#pragma once

#include "backend/cpu/lower/Accumulation.h"
#include "backend/cpu/lower/Scalars.h"
#include "ir/plan/PlanOps.h"
#include "ir/tile/TileOps.h"
#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/IRBuilder.h"

namespace tl::backend::cuda {

/// The launch that a kernel asks for.
struct LaunchShape {
  std::int64_t blocks = 1;
  std::int64_t threads = 1; ///< of a block
};

LaunchShape launchShapeOf(tile::KernelOp kernel);

/// Emits a kernel as an entry point: dense tensors are pointers to global memory (a partial one is two,
/// elements and presence), positions are i64. A block holds one team, or as many small teams as fill it.
class TileEmitter {
public:
  TileEmitter(llvm::Module &module, tile::KernelOp kernel);
  void emit();

private:
  using Value = llvm::Value;
  using Body = llvm::function_ref<void(Value *)>;

  struct DenseArgument {
    Value *elements = nullptr;
    Value *present = nullptr; ///< null unless partial
    mlir::RankedTensorType type;
  };
  /// The accumulators of a plan.reduce: stack slots that LLVM turns into registers.
  struct Reduction {
    ir::Projection kind;
    mlir::Type type; ///< of the contributions
    Value *value = nullptr, *position = nullptr, *count = nullptr, *reached = nullptr;
  };

  // Frame.
  void declare();
  void bindArguments();
  void enterTeam();
  void emitPoint();
  Value *special(llvm::Intrinsic::ID id);
  Value *stackSlot(llvm::Type *type, const llvm::Twine &name);
  llvm::BasicBlock *block(const llvm::Twine &name);

  // Operations.
  void emitBlock(mlir::Block &body);
  void emitOp(mlir::Operation &op);
  void emitIf(plan::IfOp op);
  void emitFor(plan::ForOp op);
  void emitStride(tile::StrideOp op);
  void emitApply(ir::ApplyOp op);
  void emitGuarded(Value *condition, llvm::function_ref<void()> body);
  void emitLoop(Value *begin, std::int64_t end, std::int64_t step, Body body);
  /// `body` once for the team.
  void emitOnce(llvm::function_ref<void()> body);

  // Reductions.
  void emitReduce(plan::ReduceOp op);
  void emitContribute(plan::ContributeOp op);
  cpu::Accumulated load(const Reduction &reduction, llvm::Type *type);
  void store(const Reduction &reduction, const cpu::Accumulated &accumulated);
  cpu::Accumulated metInWarp(cpu::Rules &rules, cpu::Accumulated mine);
  cpu::Accumulated metInBlock(cpu::Rules &rules, const cpu::Accumulated &warp);
  Value *exchanged(Value *value, unsigned distance);
  Value *exchangedWord(Value *word, unsigned distance);
  Value *sharedArray(llvm::Type *element, unsigned part);
  void emitBarrier();

  // Contractions.
  struct Contraction;
  Contraction contractionOf(tile::ContractOp op);
  Value *sharedTiles(const Contraction &part, unsigned side);
  void emitContract(tile::ContractOp op);
  void emitCopies(const Contraction &part, Value *step, Value *slot);
  void emitCopy(const Contraction &part, unsigned side, unsigned turn, Value *step, Value *slot);
  void emitProducts(const Contraction &part, Value *slot);
  void emitSums(const Contraction &part);
  Value *placed(const Contraction &part, unsigned kind, unsigned side, Value *number);

  // Elements.
  void emitLoad(plan::LoadOp op);
  void emitPresent(plan::PresentOp op);
  void emitInside(plan::InsideOp op);
  void emitCombine(plan::CombineOp op);
  void emitElement(plan::CombineOp op);
  Value *combined(ir::Monoid monoid, Value *old, Value *value, mlir::Type type);
  llvm::SmallVector<Value *> place(mlir::AffineMap map, mlir::ValueRange indices);
  Value *offset(llvm::ArrayRef<Value *> place, mlir::RankedTensorType type);
  Value *evaluate(mlir::AffineExpr expression, llvm::ArrayRef<Value *> inputs);
  Value *divided(mlir::AffineExprKind kind, Value *dividend, std::int64_t divisor);
  Value *elementPointer(Value *base, llvm::Type *element, Value *offset);

  llvm::Module &module;
  tile::KernelOp kernel;
  llvm::IRBuilder<> ir;
  cpu::ScalarEmitter scalars;
  std::int64_t team;
  llvm::Function *function = nullptr;
  llvm::BasicBlock *leave = nullptr;
  Value *thread = nullptr; ///< number in the team
  Value *number = nullptr; ///< of the team in the launch
  bool inStride = false;
  llvm::DenseMap<mlir::Value, Value *> values;
  llvm::DenseMap<mlir::Value, DenseArgument> dense;
  llvm::DenseMap<mlir::Operation *, Reduction> reductions;
};

} // namespace tl::backend::cuda
