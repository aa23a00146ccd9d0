// plan.reduce and plan.contribute: accumulators, and how their lanes come together.
#include "backend/cpu/lower/KernelEmitter.h"

#include "llvm/IR/Module.h"

#include <limits>
#include <utility>

namespace tl::backend::cpu {
namespace {

using llvm::Value;

bool hasPosition(ir::Projection kind) {
  return kind == ir::Projection::ArgMax || kind == ir::Projection::ArgMin;
}

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

mlir::Type contributedType(plan::ReduceOp op) {
  mlir::Type type = op.getValue().getType();
  op->walk([&](plan::ContributeOp contribution) {
    if (contribution->getParentOfType<plan::ReduceOp>() == op)
      type = contribution.getValue().getType();
  });
  return type;
}

/// The accumulators of a reduction as values, of one lane or of several.
struct Accumulated {
  Value *value = nullptr, *position = nullptr, *count = nullptr, *reached = nullptr;
};

/// The rules by which accumulators take a value or meet each other.
class Rules {
public:
  Rules(llvm::IRBuilder<> &ir, ScalarEmitter &scalars, ir::Projection kind, mlir::Type type)
      : ir(ir), scalars(scalars), kind(kind), type(type) {}

  /// Accumulators are counts, truths, or of the contributed type; sums of f16 and bf16 are kept in f32.
  llvm::Type *accumulatorType() const {
    if (isTruth())
      return ir.getInt1Ty();
    return kind == ir::Projection::Count ? ir.getInt64Ty() : scalars.registerType(type);
  }

  llvm::Constant *identity() const {
    llvm::Type *accumulator = accumulatorType();
    switch (kind) {
    case ir::Projection::Prod:
      return accumulator->isFloatingPointTy() ? llvm::ConstantFP::get(accumulator, 1.0)
                                              : llvm::ConstantInt::get(accumulator, 1);
    case ir::Projection::All:
      return llvm::ConstantInt::get(accumulator, 1);
    case ir::Projection::Max:
    case ir::Projection::ArgMax:
      return bound(accumulator, false);
    case ir::Projection::Min:
    case ir::Projection::ArgMin:
      return bound(accumulator, true);
    case ir::Projection::Sum:
    case ir::Projection::Any:
    case ir::Projection::Count:
    case ir::Projection::Mean:
      break;
    }
    return llvm::Constant::getNullValue(accumulator);
  }

  /// What one contribution is on its own.
  Accumulated single(Value *value, Value *position, Value *yes) {
    Accumulated result = {value, position, nullptr, yes};
    llvm::Type *counts = value->getType()->getWithNewType(ir.getInt64Ty());
    if (kind == ir::Projection::Count)
      result.value = ir.CreateZExt(scalars.isNonZero(value), counts);
    if (isTruth())
      result.value = scalars.isNonZero(value);
    if (kind == ir::Projection::Mean)
      result.count = llvm::ConstantInt::get(counts, 1);
    return result;
  }

  Accumulated merge(const Accumulated &lhs, const Accumulated &rhs) {
    Accumulated result;
    result.reached = ir.CreateOr(lhs.reached, rhs.reached);
    if (lhs.count)
      result.count = ir.CreateAdd(lhs.count, rhs.count);
    if (!hasPosition(kind)) {
      result.value = combined(lhs.value, rhs.value);
      return result;
    }
    Value *takes = takesRight(lhs, rhs);
    result.value = ir.CreateSelect(takes, rhs.value, lhs.value);
    result.position = ir.CreateSelect(takes, rhs.position, lhs.position);
    return result;
  }

  bool isTruth() const { return kind == ir::Projection::Any || kind == ir::Projection::All; }

private:
  llvm::Constant *bound(llvm::Type *accumulator, bool largest) const {
    if (accumulator->isFloatingPointTy())
      return llvm::ConstantFP::getInfinity(accumulator, !largest);
    const unsigned bits = accumulator->getIntegerBitWidth();
    if (bits == 1)
      return llvm::ConstantInt::get(accumulator, largest);
    return llvm::ConstantInt::get(accumulator, largest ? llvm::APInt::getSignedMaxValue(bits)
                                                       : llvm::APInt::getSignedMinValue(bits));
  }

  Value *combined(Value *lhs, Value *rhs) {
    const bool isReal = lhs->getType()->isFPOrFPVectorTy(), isTruth = lhs->getType()->isIntOrIntVectorTy(1);
    switch (kind) {
    case ir::Projection::Sum:
    case ir::Projection::Mean:
    case ir::Projection::Count:
      return isReal ? ir.CreateFAdd(lhs, rhs) : ir.CreateAdd(lhs, rhs);
    case ir::Projection::Prod:
      return isReal ? ir.CreateFMul(lhs, rhs) : ir.CreateMul(lhs, rhs);
    case ir::Projection::Any:
      return ir.CreateOr(lhs, rhs);
    case ir::Projection::All:
      return ir.CreateAnd(lhs, rhs);
    case ir::Projection::Max:
      return isTruth ? ir.CreateOr(lhs, rhs) : scalars.greater(lhs, rhs);
    case ir::Projection::Min:
      return isTruth ? ir.CreateAnd(lhs, rhs) : scalars.lesser(lhs, rhs);
    case ir::Projection::ArgMax:
    case ir::Projection::ArgMin:
      break;
    }
    llvm_unreachable("a position is chosen with its value");
  }

  /// The better value, the smaller position among equals; anything against nothing.
  Value *takesRight(const Accumulated &lhs, const Accumulated &rhs) {
    const bool isReal = lhs.value->getType()->isFPOrFPVectorTy(),
               isTruth = lhs.value->getType()->isIntOrIntVectorTy(1);
    Value *left = kind == ir::Projection::ArgMax ? lhs.value : rhs.value;
    Value *right = kind == ir::Projection::ArgMax ? rhs.value : lhs.value;
    Value *isBetter = isReal    ? ir.CreateFCmpOLT(left, right)
                      : isTruth ? ir.CreateICmpULT(left, right)
                                : ir.CreateICmpSLT(left, right);
    Value *isEqual = isReal ? ir.CreateFCmpOEQ(left, right) : ir.CreateICmpEQ(left, right);
    Value *isEarlier = ir.CreateICmpSLT(rhs.position, lhs.position);
    Value *wins = ir.CreateOr(isBetter, ir.CreateAnd(isEqual, isEarlier));
    return ir.CreateAnd(rhs.reached, ir.CreateOr(ir.CreateNot(lhs.reached), wins));
  }

  llvm::IRBuilder<> &ir;
  ScalarEmitter &scalars;
  ir::Projection kind;
  mlir::Type type;
};

/// Truths lie in memory as bytes.
llvm::Type *storedType(llvm::Type *type) {
  return type->isIntegerTy(1) ? llvm::Type::getInt8Ty(type->getContext()) : type;
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
  Value *result = total.value;
  mlir::Type type = op.getValue().getType();
  if (reduction.kind == ir::Projection::Mean) {
    result = ir.CreateFDiv(result, ir.CreateSIToFP(total.count, result->getType()));
    result = scalars.cast(scalars.rounded(result, reduction.type), reduction.type, type);
  } else if (hasPosition(reduction.kind)) {
    result = scalars.cast(total.position, mlir::IndexType::get(type.getContext()), type);
  } else if (rules.isTruth()) {
    result = scalars.cast(result, mlir::IntegerType::get(type.getContext(), 1), type);
  } else if (reduction.kind == ir::Projection::Count) {
    result = scalars.cast(result, mlir::IndexType::get(type.getContext()), type);
  } else {
    result = scalars.cast(scalars.rounded(result, reduction.type), reduction.type, type);
  }
  define(op.getValue(), result);
  define(op.getReached(), total.reached);
}

} // namespace tl::backend::cpu
