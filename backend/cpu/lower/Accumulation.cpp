// How accumulators start, take contributions, meet and end.
#include "backend/cpu/lower/Accumulation.h"

namespace tl::backend::cpu {

using llvm::Value;

bool hasPosition(ir::Projection kind) {
  return kind == ir::Projection::ArgMax || kind == ir::Projection::ArgMin;
}

mlir::Type contributedType(plan::ReduceOp op) {
  mlir::Type type = op.getValue().getType();
  op->walk([&](plan::ContributeOp contribution) {
    if (contribution->getParentOfType<plan::ReduceOp>() == op)
      type = contribution.getValue().getType();
  });
  return type;
}

llvm::Type *storedType(llvm::Type *type) {
  return type->isIntegerTy(1) ? llvm::Type::getInt8Ty(type->getContext()) : type;
}

llvm::Type *Rules::accumulatorType() const {
  if (isTruth())
    return ir.getInt1Ty();
  return kind == ir::Projection::Count ? ir.getInt64Ty() : scalars.registerType(type);
}

llvm::Constant *Rules::identity() const {
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

Accumulated Rules::single(Value *value, Value *position, Value *yes) {
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

Accumulated Rules::merge(const Accumulated &lhs, const Accumulated &rhs) {
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

Value *Rules::finished(const Accumulated &total, mlir::Type result) {
  mlir::MLIRContext *context = result.getContext();
  if (kind == ir::Projection::Mean) {
    Value *mean = ir.CreateFDiv(total.value, ir.CreateSIToFP(total.count, total.value->getType()));
    return scalars.cast(scalars.rounded(mean, type), type, result);
  }
  if (hasPosition(kind))
    return scalars.cast(total.position, mlir::IndexType::get(context), result);
  if (isTruth())
    return scalars.cast(total.value, mlir::IntegerType::get(context, 1), result);
  if (kind == ir::Projection::Count)
    return scalars.cast(total.value, mlir::IndexType::get(context), result);
  return scalars.cast(scalars.rounded(total.value, type), type, result);
}

llvm::Constant *Rules::bound(llvm::Type *accumulator, bool largest) const {
  if (accumulator->isFloatingPointTy())
    return llvm::ConstantFP::getInfinity(accumulator, !largest);
  const unsigned bits = accumulator->getIntegerBitWidth();
  if (bits == 1)
    return llvm::ConstantInt::get(accumulator, largest);
  return llvm::ConstantInt::get(accumulator, largest ? llvm::APInt::getSignedMaxValue(bits)
                                                     : llvm::APInt::getSignedMinValue(bits));
}

Value *Rules::combined(Value *lhs, Value *rhs) {
  const bool isReal = lhs->getType()->isFPOrFPVectorTy(), isBit = lhs->getType()->isIntOrIntVectorTy(1);
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
    return isBit ? ir.CreateOr(lhs, rhs) : scalars.greater(lhs, rhs);
  case ir::Projection::Min:
    return isBit ? ir.CreateAnd(lhs, rhs) : scalars.lesser(lhs, rhs);
  case ir::Projection::ArgMax:
  case ir::Projection::ArgMin:
    break;
  }
  llvm_unreachable("a position is chosen with its value");
}

/// The better value, the smaller position among equals; anything against nothing.
Value *Rules::takesRight(const Accumulated &lhs, const Accumulated &rhs) {
  const bool isReal = lhs.value->getType()->isFPOrFPVectorTy(),
             isBit = lhs.value->getType()->isIntOrIntVectorTy(1);
  Value *left = kind == ir::Projection::ArgMax ? lhs.value : rhs.value;
  Value *right = kind == ir::Projection::ArgMax ? rhs.value : lhs.value;
  Value *isBetter = isReal  ? ir.CreateFCmpOLT(left, right)
                    : isBit ? ir.CreateICmpULT(left, right)
                            : ir.CreateICmpSLT(left, right);
  Value *isEqual = isReal ? ir.CreateFCmpOEQ(left, right) : ir.CreateICmpEQ(left, right);
  Value *isEarlier = ir.CreateICmpSLT(rhs.position, lhs.position);
  Value *wins = ir.CreateOr(isBetter, ir.CreateAnd(isEqual, isEarlier));
  return ir.CreateAnd(rhs.reached, ir.CreateOr(ir.CreateNot(lhs.reached), wins));
}

} // namespace tl::backend::cpu
