// Turns one plan.kernel into an LLVM function.
#pragma once

#include "backend/cpu/lower/Scalars.h"
#include "ir/plan/PlanOps.h"
#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"

#include <optional>

namespace tl::backend::cpu {

/// What an SSA value of a kernel is in LLVM IR. A scalar is the same in every lane; an index may also grow by
/// `step` from lane to lane, `value` being that of lane 0. Everything else that differs between lanes is a
/// vector.
struct Emitted {
  llvm::Value *value = nullptr;
  std::int64_t step = 0;

  bool isUniform() const { return step == 0 && !value->getType()->isVectorTy(); }
};

/// A dense argument.
struct DenseArgument {
  llvm::Value *elements = nullptr;
  llvm::Value *present = nullptr; ///< null unless partial
  mlir::RankedTensorType type;
};

/// As TlRows holds them.
struct RowsArgument {
  llvm::SmallVector<llvm::Value *> columns;
  llvm::Value *begin = nullptr;
  llvm::Value *end = nullptr;
};

/// As TlIndex holds it.
struct IndexArgument {
  llvm::Value *groups = nullptr;
  llvm::Value *keyBound = nullptr;
  llvm::Value *part = nullptr;
  llvm::Value *round = nullptr;
  llvm::Value *ascending = nullptr;
  llvm::Value *table = nullptr;
};

/// Rows [first, last) of columns, one of which may be null: then it has the value of `keys` in every row.
struct RowSpan {
  llvm::SmallVector<llvm::Value *> columns;
  llvm::SmallVector<llvm::Value *> keys;
  llvm::Value *first = nullptr;
  llvm::Value *last = nullptr;
};

struct RelationArgument {
  llvm::Value *relation = nullptr;
  llvm::Value *bits = nullptr;
  llvm::Value *secondBound = nullptr;
  llvm::Value *sink = nullptr;
};

/// The accumulators of a plan.reduce: arrays of `lanes` elements on the stack, which LLVM turns into
/// registers.
struct Reduction {
  ir::Projection kind;
  mlir::Type type; ///< of the contributions
  unsigned lanes = 1;
  bool perLane = false; ///< belongs to a body that runs in lanes: each lane has a result of its own
  llvm::Value *value = nullptr;
  llvm::Value *position = nullptr; ///< argmax and argmin
  llvm::Value *count = nullptr;    ///< mean
  llvm::Value *reached = nullptr;
};

/// Emits a kernel as `void name(const TlFrame *)`. A loop whose iterations are independent and whose accesses
/// are contiguous becomes a loop over vectors here, not in LLVM: it costs no compile time, and its bits never
/// depend on what LLVM recognises.
class KernelEmitter {
public:
  KernelEmitter(llvm::Module &module, plan::KernelOp kernel);
  void emit();

private:
  using Body = llvm::function_ref<void(llvm::Value *)>;
  /// How often a loop looks at the stop flag.
  enum class Poll { Never, Always, Sometimes };

  // Frame.
  llvm::Function *declareBody();
  void emitWrapper(llvm::Function *body);
  llvm::Value *argumentPointer(llvm::Value *arguments, unsigned slot);
  unsigned bindArgument(mlir::BlockArgument argument, unsigned slot, unsigned parameter);
  RowsArgument loadRows(llvm::Value *rows, unsigned columns);
  IndexArgument loadIndex(llvm::Value *index);
  llvm::Value *loadField(llvm::Value *base, unsigned bytes, llvm::Type *type);
  llvm::Value *stackSlot(llvm::Type *type, const llvm::Twine &name);

  // Operations.
  void emitBlock(mlir::Block &block);
  void emitOp(mlir::Operation &op);
  void emitIf(plan::IfOp op);
  void emitApply(ir::ApplyOp op);
  void emitCast(ir::CastOp op);

  // Loops.
  void emitFor(plan::ForOp loop);
  void emitCountedLoop(llvm::Value *begin, llvm::Value *end, std::int64_t step, Poll poll, Body body);
  void emitLanedLoop(plan::ForOp loop, llvm::Value *begin, llvm::Value *end);
  void emitVectorLoop(plan::ForOp loop, unsigned width, llvm::Value *begin, llvm::Value *end);
  void emitPoll(llvm::Value *condition);
  Poll pollOf(plan::ForOp loop);

  // Relations.
  void emitEach(plan::EachOp op);
  void emitLookup(plan::LookupOp op);
  void emitIntersect(plan::IntersectOp op);
  llvm::Value *findGroup(const IndexArgument &index, llvm::ArrayRef<llvm::Value *> keys,
                         llvm::BasicBlock *none);
  RowSpan spanOf(const IndexArgument &index, llvm::Value *group, plan::IndexType type,
                 llvm::ArrayRef<llvm::Value *> keys);
  void emitRows(mlir::Block &body, const RowSpan &rows);
  bool emitRun(mlir::Block &body, const RowSpan &rows);
  void emitProbe(plan::ProbeOp op);
  void emitInsert(plan::InsertOp op);
  void emitBinaryInsert(const RelationArgument &relation, llvm::ArrayRef<llvm::Value *> cells,
                        llvm::ArrayRef<std::int64_t> bounds);
  llvm::Value *fitsCell(llvm::Value *value, std::int64_t bound);
  llvm::Value *storeRow(llvm::ArrayRef<llvm::Value *> cells);
  llvm::Value *bitOf(const RelationArgument &relation, llvm::ArrayRef<llvm::Value *> cells);
  llvm::Value *containsRow(const RelationArgument &relation, llvm::ArrayRef<llvm::Value *> cells);

  // Reductions.
  void emitReduce(plan::ReduceOp op);
  void emitContribute(plan::ContributeOp op);
  void startReduction(Reduction &reduction);
  void finishReduction(plan::ReduceOp op, const Reduction &reduction);

  // Elements.
  void emitLoad(plan::LoadOp op);
  void emitPresent(plan::PresentOp op);
  void emitInside(plan::InsideOp op);
  void emitCombine(plan::CombineOp op);
  void emitTrackedCombine(plan::CombineOp op);
  void emitAffine(plan::ApplyMapOp op);
  llvm::SmallVector<Emitted> place(mlir::AffineMap map, mlir::ValueRange indices);
  Emitted offset(llvm::ArrayRef<Emitted> place, mlir::RankedTensorType type);
  Emitted evaluate(mlir::AffineExpr expression, llvm::ArrayRef<Emitted> inputs);
  Emitted evaluateDivision(mlir::AffineExprKind kind, const Emitted &lhs, std::int64_t divisor);
  Emitted sum(const Emitted &lhs, const Emitted &rhs);
  Emitted scaled(const Emitted &index, std::int64_t factor);
  llvm::Value *loadElements(llvm::Value *base, llvm::Type *element, const Emitted &offset);
  void storeElements(llvm::Value *value, llvm::Value *base, const Emitted &offset);
  llvm::Value *elementPointer(llvm::Value *base, llvm::Type *element, llvm::Value *offset);
  llvm::Value *combined(ir::Monoid monoid, llvm::Value *old, llvm::Value *value, mlir::Type type);

  // Values.
  llvm::Value *scalar(mlir::Value value) const;
  llvm::Value *widened(const Emitted &emitted);
  llvm::Value *splat(llvm::Value *value) { return ir.CreateVectorSplat(width, value); }
  llvm::Value *laneNumbers();
  llvm::Value *activeMask();
  void define(mlir::Value value, llvm::Value *emitted, std::int64_t step = 0) {
    values[value] = {emitted, step};
  }

  llvm::Module &module;
  plan::KernelOp kernel;
  llvm::IRBuilder<> ir;
  ScalarEmitter scalars;
  llvm::Function *function = nullptr;
  llvm::BasicBlock *leave = nullptr;
  llvm::Value *frame = nullptr;
  llvm::Value *stop = nullptr;
  llvm::DenseMap<mlir::Value, Emitted> values;
  llvm::DenseMap<mlir::Value, DenseArgument> dense;
  llvm::DenseMap<mlir::Value, RowsArgument> rowsArguments;
  llvm::DenseMap<mlir::Value, IndexArgument> indexes;
  llvm::DenseMap<mlir::Value, RelationArgument> relations;
  llvm::DenseMap<mlir::Operation *, Reduction> reductions;

  unsigned intersections = 0;  ///< emitted so far
  unsigned width = 1;          ///< lanes of the body being emitted; 1 outside vector loops
  llvm::Value *mask = nullptr; ///< active lanes; null: all
  llvm::Value *lane = nullptr; ///< lane of the current iteration of a scalar loop with lanes; null: lane 0
};

/// The number of lanes in which `loop` may run, 1 if its iterations have to run one by one: each iteration
/// writes its own, neighbouring element or contributes to its own lane, and reads neighbouring or shared
/// elements.
unsigned vectorWidth(plan::ForOp loop);

} // namespace tl::backend::cpu
