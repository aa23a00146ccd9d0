// Constants, casts and the forms of elements in registers and in memory.
#include "backend/cpu/lower/Scalars.h"

#include "mlir/IR/BuiltinTypes.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Intrinsics.h"

namespace tl::backend::cpu {

using llvm::Value;

llvm::Type *ScalarEmitter::registerType(mlir::Type type) const {
  if (type.isF64())
    return ir.getDoubleTy();
  if (mlir::isa<mlir::FloatType>(type))
    return ir.getFloatTy();
  if (type.isIndex())
    return ir.getInt64Ty();
  return ir.getIntNTy(type.getIntOrFloatBitWidth());
}

llvm::Type *ScalarEmitter::memoryType(mlir::Type type) const {
  if (type.isInteger(1))
    return ir.getInt8Ty();
  if (type.isF16())
    return ir.getHalfTy();
  if (type.isBF16())
    return ir.getInt16Ty();
  return registerType(type);
}

Value *ScalarEmitter::fromMemory(Value *stored, mlir::Type type) {
  llvm::Type *wanted = stored->getType()->getWithNewType(registerType(type));
  if (type.isInteger(1))
    return isNonZero(stored);
  if (type.isF16())
    return ir.CreateFPExt(stored, wanted);
  if (type.isBF16())
    return withBfloatBits(stored);
  return stored;
}

Value *ScalarEmitter::toMemory(Value *value, mlir::Type type) {
  llvm::Type *wanted = value->getType()->getWithNewType(memoryType(type));
  if (type.isInteger(1))
    return ir.CreateZExt(value, wanted);
  if (type.isF16())
    return ir.CreateFPTrunc(value, wanted);
  if (type.isBF16())
    return roundedToBfloat(value);
  return value;
}

Value *ScalarEmitter::withBfloatBits(Value *value) {
  llvm::Type *words = value->getType()->getWithNewType(ir.getInt32Ty());
  Value *high = ir.CreateShl(ir.CreateZExt(value, words), llvm::ConstantInt::get(words, 16));
  return ir.CreateBitCast(high, value->getType()->getWithNewType(ir.getFloatTy()));
}

/// In integers, because the machine's own conversion flushes subnormals on some processors.
Value *ScalarEmitter::roundedToBfloat(Value *value) {
  llvm::Type *words = value->getType()->getWithNewType(ir.getInt32Ty());
  auto word = [&](std::uint32_t bits) { return llvm::ConstantInt::get(words, bits); };
  Value *bits = ir.CreateBitCast(value, words);
  Value *high = ir.CreateLShr(bits, word(16));
  Value *half = ir.CreateAdd(ir.CreateAnd(high, word(1)), word(0x7fff));
  Value *nearest = ir.CreateLShr(ir.CreateAdd(bits, half), word(16));
  Value *chosen = ir.CreateSelect(ir.CreateFCmpUNO(value, value), ir.CreateOr(high, word(0x40)), nearest);
  return ir.CreateTrunc(chosen, value->getType()->getWithNewType(ir.getInt16Ty()));
}

Value *ScalarEmitter::rounded(Value *value, mlir::Type type) {
  if (!type.isF16() && !type.isBF16())
    return value;
  return fromMemory(toMemory(value, type), type);
}

Value *ScalarEmitter::isPositive(Value *value) {
  llvm::Constant *zero = llvm::Constant::getNullValue(value->getType());
  return value->getType()->isFPOrFPVectorTy() ? ir.CreateFCmpOGT(value, zero) : ir.CreateICmpSGT(value, zero);
}

Value *ScalarEmitter::isNonZero(Value *value) {
  llvm::Constant *zero = llvm::Constant::getNullValue(value->getType());
  return value->getType()->isFPOrFPVectorTy() ? ir.CreateFCmpUNE(value, zero) : ir.CreateICmpNE(value, zero);
}

llvm::Constant *ScalarEmitter::constant(mlir::Type type, double value) const {
  llvm::Type *wanted = registerType(type);
  if (wanted->isFloatingPointTy())
    return llvm::ConstantFP::get(wanted, value);
  return llvm::ConstantInt::get(wanted, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
}

llvm::Constant *ScalarEmitter::number(mlir::TypedAttr value) const {
  if (auto real = mlir::dyn_cast<mlir::FloatAttr>(value))
    return constant(value.getType(), real.getValueAsDouble());
  if (auto truth = mlir::dyn_cast<mlir::BoolAttr>(value))
    return ir.getInt1(truth.getValue());
  return llvm::ConstantInt::get(registerType(value.getType()),
                                mlir::cast<mlir::IntegerAttr>(value).getValue().getSExtValue());
}

Value *ScalarEmitter::cast(Value *value, mlir::Type from, mlir::Type to) {
  const bool fromReal = mlir::isa<mlir::FloatType>(from), toReal = mlir::isa<mlir::FloatType>(to);
  llvm::Type *wanted = value->getType()->getWithNewType(registerType(to));
  if (to.isInteger(1))
    return from.isInteger(1) ? value : isPositive(value);
  if (fromReal && toReal)
    return rounded(ir.CreateFPCast(value, wanted), to);
  if (toReal)
    return rounded(from.isInteger(1) ? ir.CreateUIToFP(value, wanted) : ir.CreateSIToFP(value, wanted), to);
  // Saturating: out of range and NaN have one meaning on every tier.
  if (fromReal)
    return ir.CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {wanted, value->getType()}, {value});
  return from.isInteger(1) ? ir.CreateZExt(value, wanted) : ir.CreateSExtOrTrunc(value, wanted);
}

} // namespace tl::backend::cpu
