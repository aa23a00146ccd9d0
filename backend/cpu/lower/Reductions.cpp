// plan.reduce and plan.contribute: accumulators, and how their lanes come together.
#include "backend/cpu/lower/Accumulation.h"
#include "backend/cpu/lower/KernelEmitter.h"

#include "llvm/IR/Module.h"

#include <limits>
#include <utility>

namespace tl::backend::cpu {
namespace {

using llvm::Value;

/// The lanes of the loop that contributes to `op`, 1 without one.
unsigned lanesOf(plan::ReduceOp op) {
  unsigned lanes = 1;
  op->walk([&](plan::ContributeOp contribution) {
    if (contribution->getParentOfType<plan::ReduceOp>() != op)
      return;
    for (mlir::Operation *parent = contribution->getParentOp(); parent != op; parent = parent->getParentOp())
      if (auto loop = mlir::dyn_cast<plan::ForOp>(parent))
        lanes = std::max(lanes, static_cast<unsigned>(loop.getLanes()));
  });
  return lanes;
}

/// Reads and writes accumulators: `lanes` neighbouring elements from `lane` on (null: lane 0).
class Accumulators {
public:
  Accumulators(llvm::IRBuilder<> &ir, const Reduction &reduction, Value *lane, unsigned lanes)
      : ir(ir), reduction(reduction), lane(lane), lanes(lanes) {}

  Accumulated load(llvm::Type *value) const {
    return {read(reduction.value, value), read(reduction.position, ir.getInt64Ty()),
            read(reduction.count, ir.getInt64Ty()), read(reduction.reached, ir.getInt1Ty())};
  }

  void store(const Accumulated &accumulated) const {
    write(reduction.value, accumulated.value);
    write(reduction.position, accumulated.position);
    write(reduction.count, accumulated.count);
    write(reduction.reached, accumulated.reached);
  }

private:
  llvm::Type *shaped(llvm::Type *type) const {
    return lanes == 1 ? type : static_cast<llvm::Type *>(llvm::FixedVectorType::get(type, lanes));
  }
  Value *pointer(Value *base, llvm::Type *stored) const {
    return lane ? ir.CreateInBoundsGEP(stored->getScalarType(), base, lane) : base;
  }

  Value *read(Value *base, llvm::Type *type) const {
    if (!base)
      return nullptr;
    llvm::Type *stored = storedType(type);
    Value *value = ir.CreateAlignedLoad(shaped(stored), pointer(base, stored), elementAlignment(stored));
    return stored == type ? value : ir.CreateTrunc(value, shaped(type));
  }

  void write(Value *base, Value *value) const {
    if (!base)
      return;
    llvm::Type *stored = storedType(value->getType()->getScalarType());
    if (value->getType()->getScalarType() != stored)
      value = ir.CreateZExt(value, value->getType()->getWithNewType(stored));
    ir.CreateAlignedStore(value, pointer(base, stored), elementAlignment(stored));
  }

  static llvm::Align elementAlignment(llvm::Type *stored) {
    return llvm::Align(stored->getPrimitiveSizeInBits() / 8);
  }

  llvm::IRBuilder<> &ir;
  const Reduction &reduction;
  Value *lane;
  unsigned lanes;
};

} // namespace

void KernelEmitter::startReduction(Reduction &reduction) {
  Rules rules(ir, scalars, reduction.kind, reduction.type);
  llvm::Type *type = rules.accumulatorType();
  auto slot = [&](llvm::Type *element, const char *name) {
    return stackSlot(llvm::ArrayType::get(storedType(element), reduction.lanes), name);
  };
  reduction.value = slot(type, "accumulator");
  reduction.position = hasPosition(reduction.kind) ? slot(ir.getInt64Ty(), "position") : nullptr;
  reduction.count = reduction.kind == ir::Projection::Mean ? slot(ir.getInt64Ty(), "count") : nullptr;
  reduction.reached = slot(ir.getInt1Ty(), "reached");
  auto every = [&](llvm::Constant *element) -> Value * {
    return reduction.lanes == 1
               ? element
               : llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(reduction.lanes), element);
  };
  Accumulators(ir, reduction, nullptr, reduction.lanes)
      .store({every(rules.identity()), every(ir.getInt64(std::numeric_limits<std::int64_t>::max())),
              every(ir.getInt64(0)), every(ir.getFalse())});
}

void KernelEmitter::emitReduce(plan::ReduceOp op) {
  const bool perLane = width > 1;
  Reduction reduction = {op.getKind(), contributedType(op), perLane ? width : lanesOf(op), perLane};
  startReduction(reduction);
  reductions[op] = reduction;
  Value *outerLane = std::exchange(lane, nullptr);
  emitBlock(op.getBody().front());
  lane = outerLane;
  finishReduction(op, reduction);
}

/// In a vector loop every active lane contributes to its own accumulator; elsewhere the current lane does.
void KernelEmitter::emitContribute(plan::ContributeOp op) {
  const Reduction &reduction = reductions.at(op->getParentOfType<plan::ReduceOp>());
  Rules rules(ir, scalars, reduction.kind, reduction.type);
  Value *value = widened(values.at(op.getValue()));
  Value *position = op.getPosition() ? widened(values.at(op.getPosition())) : nullptr;
  Value *yes = width > 1 ? splat(ir.getTrue()) : static_cast<Value *>(ir.getTrue());
  Accumulators accumulators(ir, reduction, width > 1 ? nullptr : lane, width);
  const Accumulated old = accumulators.load(rules.accumulatorType());
  Accumulated merged = rules.merge(old, rules.single(value, position, yes));
  if (mask) {
    auto choose = [&](Value *fresh, Value *kept) {
      return fresh ? ir.CreateSelect(mask, fresh, kept) : nullptr;
    };
    merged = {choose(merged.value, old.value), choose(merged.position, old.position),
              choose(merged.count, old.count), choose(merged.reached, old.reached)};
  }
  accumulators.store(merged);
}

/// Lanes meet pairwise, the upper half with the lower, until one is left.
void KernelEmitter::finishReduction(plan::ReduceOp op, const Reduction &reduction) {
  Rules rules(ir, scalars, reduction.kind, reduction.type);
  Accumulated total = Accumulators(ir, reduction, nullptr, reduction.lanes).load(rules.accumulatorType());
  for (unsigned half = reduction.lanes / 2; half > 0 && !reduction.perLane; half /= 2) {
    auto part = [&](Value *lanes, int begin) -> Value * {
      if (!lanes)
        return nullptr;
      if (half == 1)
        return ir.CreateExtractElement(lanes, static_cast<std::uint64_t>(begin));
      llvm::SmallVector<int> chosen;
      for (unsigned entry = 0; entry < half; ++entry)
        chosen.push_back(begin + static_cast<int>(entry));
      return ir.CreateShuffleVector(lanes, chosen);
    };
    auto partOf = [&](int begin) -> Accumulated {
      return {part(total.value, begin), part(total.position, begin), part(total.count, begin),
              part(total.reached, begin)};
    };
    total = rules.merge(partOf(0), partOf(static_cast<int>(half)));
  }
  define(op.getValue(), rules.finished(total, op.getValue().getType()));
  define(op.getReached(), total.reached);
}

} // namespace tl::backend::cpu
