// Places in tensors, and reading and writing the elements there.
#include "backend/cpu/lower/KernelEmitter.h"

#include "ir/tl/TlTypes.h"
#include "runtime/abi/KernelAbi.h"
#include "runtime/core/Shape.h"

#include "llvm/IR/Module.h"

#include <cstddef>

namespace tl::backend::cpu {

using llvm::Value;

Emitted KernelEmitter::sum(const Emitted &lhs, const Emitted &rhs) {
  if (lhs.value->getType() == rhs.value->getType())
    return {ir.CreateAdd(lhs.value, rhs.value), lhs.step + rhs.step};
  return {ir.CreateAdd(widened(lhs), widened(rhs)), 0};
}

Emitted KernelEmitter::scaled(const Emitted &index, std::int64_t factor) {
  llvm::Constant *by =
      llvm::ConstantInt::get(index.value->getType(), static_cast<std::uint64_t>(factor), true);
  return {ir.CreateMul(index.value, by), index.step * factor};
}

/// Affine division rounds down; its divisor is a positive constant.
Emitted KernelEmitter::evaluateDivision(mlir::AffineExprKind kind, const Emitted &lhs, std::int64_t divisor) {
  if (kind == mlir::AffineExprKind::CeilDiv) // -((-x) floordiv d)
    return scaled(evaluateDivision(mlir::AffineExprKind::FloorDiv, scaled(lhs, -1), divisor), -1);
  Value *dividend = lhs.isUniform() ? lhs.value : widened(lhs);
  llvm::Type *type = dividend->getType();
  auto whole = [&](std::int64_t value) {
    return llvm::ConstantInt::get(type, static_cast<std::uint64_t>(value), true);
  };
  Value *quotient = ir.CreateSDiv(dividend, whole(divisor));
  Value *remainder = ir.CreateSub(dividend, ir.CreateMul(quotient, whole(divisor)));
  Value *isBelow = ir.CreateICmpSLT(remainder, whole(0));
  if (kind == mlir::AffineExprKind::Mod)
    return {ir.CreateSelect(isBelow, ir.CreateAdd(remainder, whole(divisor)), remainder), 0};
  return {ir.CreateSelect(isBelow, ir.CreateSub(quotient, whole(1)), quotient), 0};
}

Emitted KernelEmitter::evaluate(mlir::AffineExpr expression, llvm::ArrayRef<Emitted> inputs) {
  if (auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expression))
    return {ir.getInt64(constant.getValue()), 0};
  if (auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(expression))
    return inputs[dim.getPosition()];
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(expression);
  const Emitted lhs = evaluate(binary.getLHS(), inputs);
  if (binary.getKind() == mlir::AffineExprKind::Add)
    return sum(lhs, evaluate(binary.getRHS(), inputs));
  // Affine maps multiply and divide by constants only, on the right.
  const std::int64_t factor = mlir::cast<mlir::AffineConstantExpr>(binary.getRHS()).getValue();
  return binary.getKind() == mlir::AffineExprKind::Mul ? scaled(lhs, factor)
                                                       : evaluateDivision(binary.getKind(), lhs, factor);
}

llvm::SmallVector<Emitted> KernelEmitter::place(mlir::AffineMap map, mlir::ValueRange indices) {
  llvm::SmallVector<Emitted> inputs, coordinates;
  for (mlir::Value index : indices)
    inputs.push_back(values.at(index));
  for (mlir::AffineExpr expression : map.getResults())
    coordinates.push_back(evaluate(expression, inputs));
  return coordinates;
}

Emitted KernelEmitter::offset(llvm::ArrayRef<Emitted> place, mlir::RankedTensorType type) {
  const std::vector<std::int64_t> strides = runtime::rowMajorStrides(runtime::Shape(type.getShape()));
  Emitted total = {ir.getInt64(0), 0};
  for (auto [coordinate, stride] : llvm::zip(place, strides))
    total = sum(total, scaled(coordinate, stride));
  return total;
}

void KernelEmitter::emitAffine(plan::ApplyMapOp op) {
  values[op.getValue()] = place(op.getMap(), op.getIndices()).front();
}

Value *KernelEmitter::elementPointer(Value *base, llvm::Type *element, Value *offset) {
  return ir.CreateInBoundsGEP(element, base, offset);
}

/// Neighbouring elements are one vector load, a shared one is a scalar, others are gathered. Lanes that are
/// masked read nothing; a shared element is then read only if some lane is active, because its place may be
/// outside.
Value *KernelEmitter::loadElements(Value *base, llvm::Type *element, const Emitted &offset) {
  const llvm::Align alignment(module.getDataLayout().getABITypeAlign(element));
  if (offset.isUniform()) {
    Value *position = offset.value;
    if (mask)
      position = ir.CreateSelect(ir.CreateOrReduce(mask), position, ir.getInt64(0));
    return ir.CreateAlignedLoad(element, elementPointer(base, element, position), alignment);
  }
  auto *vector = llvm::FixedVectorType::get(element, width);
  llvm::Constant *nothing = llvm::Constant::getNullValue(vector);
  if (offset.step == 1) {
    Value *first = elementPointer(base, element, offset.value);
    return mask ? static_cast<Value *>(ir.CreateMaskedLoad(vector, first, alignment, mask, nothing))
                : ir.CreateAlignedLoad(vector, first, alignment);
  }
  Value *pointers = elementPointer(base, element, widened(offset));
  return ir.CreateMaskedGather(vector, pointers, alignment, activeMask(), nothing);
}

void KernelEmitter::storeElements(Value *value, Value *base, const Emitted &offset) {
  llvm::Type *element = value->getType()->getScalarType();
  const llvm::Align alignment(module.getDataLayout().getABITypeAlign(element));
  Value *first = elementPointer(base, element, offset.value);
  if (mask)
    ir.CreateMaskedStore(value, first, alignment, mask);
  else
    ir.CreateAlignedStore(value, first, alignment);
}

void KernelEmitter::emitLoad(plan::LoadOp op) {
  const DenseArgument &tensor = dense.at(op.getTensor());
  mlir::Type type = op.getElement().getType();
  const Emitted where = offset(place(op.getMap(), op.getIndices()), tensor.type);
  Value *stored = loadElements(tensor.elements, scalars.memoryType(type), where);
  define(op.getElement(), scalars.fromMemory(stored, type));
}

void KernelEmitter::emitPresent(plan::PresentOp op) {
  const DenseArgument &tensor = dense.at(op.getTensor());
  const Emitted where = offset(place(op.getMap(), op.getIndices()), tensor.type);
  define(op.getPresent(), scalars.isNonZero(loadElements(tensor.present, ir.getInt8Ty(), where)));
}

void KernelEmitter::emitInside(plan::InsideOp op) {
  Emitted inside = {ir.getTrue(), 0};
  const llvm::SmallVector<Emitted> coordinates = place(op.getMap(), op.getIndices());
  for (auto [coordinate, extent] :
       llvm::zip(coordinates, ir::denseType(op.getTensor().getType()).getShape())) {
    Value *index = coordinate.isUniform() ? coordinate.value : widened(coordinate);
    // As unsigned, so that a negative place is above every extent.
    Value *fits = ir.CreateICmpULT(index, llvm::ConstantInt::get(index->getType(), extent));
    if (fits->getType() == inside.value->getType())
      inside.value = ir.CreateAnd(inside.value, fits);
    else
      inside.value = ir.CreateAnd(widened(inside), widened({fits, 0}));
  }
  define(op.getInside(), inside.value);
}

Value *KernelEmitter::combined(ir::Monoid monoid, Value *old, Value *value, mlir::Type type) {
  const bool isReal = mlir::isa<mlir::FloatType>(type);
  switch (monoid) {
  case ir::Monoid::Add:
    if (type.isInteger(1))
      return ir.CreateOr(old, value);
    return scalars.rounded(isReal ? ir.CreateFAdd(old, value) : ir.CreateAdd(old, value), type);
  case ir::Monoid::Multiply:
    return scalars.rounded(isReal ? ir.CreateFMul(old, value) : ir.CreateMul(old, value), type);
  case ir::Monoid::Or:
    return ir.CreateOr(old, value);
  case ir::Monoid::Max:
    return type.isInteger(1) ? ir.CreateOr(old, value) : scalars.greater(old, value);
  case ir::Monoid::Min:
    return type.isInteger(1) ? ir.CreateAnd(old, value) : scalars.lesser(old, value);
  case ir::Monoid::Average:
    break;
  }
  llvm_unreachable("an average is planned as a sum and a count");
}

/// Stores what is better than the element, or takes its absence, and notes its place. Never in lanes. A NaN
/// stays, as it does under every combination with it.
void KernelEmitter::emitTrackedCombine(plan::CombineOp op) {
  const DenseArgument &tensor = dense.at(op.getTensor());
  mlir::Type type = op.getValue().getType();
  llvm::Type *stored = scalars.memoryType(type);
  const Emitted where = offset(place(op.getMap(), op.getIndices()), tensor.type);
  Value *old = scalars.fromMemory(loadElements(tensor.elements, stored, where), type);
  Value *isPresent = scalars.isNonZero(loadElements(tensor.present, ir.getInt8Ty(), where));
  Value *value = scalar(op.getValue());
  Value *both = ir.CreateSelect(isPresent, combined(op.getMonoid(), old, value, type), value);
  Value *differs = both->getType()->isFloatingPointTy()
                       ? ir.CreateAnd(ir.CreateFCmpUNE(both, old), ir.CreateFCmpORD(old, old))
                       : ir.CreateICmpNE(both, old);
  auto *better = llvm::BasicBlock::Create(module.getContext(), "better", function, leave);
  auto *after = llvm::BasicBlock::Create(module.getContext(), "after.better", function, leave);
  ir.CreateCondBr(ir.CreateOr(ir.CreateNot(isPresent), differs), better, after);
  ir.SetInsertPoint(better);
  storeElements(scalars.toMemory(both, type), tensor.elements, where);
  storeElements(ir.getInt8(1), tensor.present, where);
  Value *changes = loadField(frame, offsetof(TlFrame, changes), ir.getPtrTy());
  Value *mark = elementPointer(loadField(changes, offsetof(TlChanges, marks), ir.getPtrTy()), ir.getInt8Ty(),
                               where.value);
  Value *places = loadField(changes, offsetof(TlChanges, places), ir.getPtrTy());
  Value *count = loadField(changes, offsetof(TlChanges, count), ir.getInt64Ty());
  Value *isMarked = ir.CreateZExt(ir.CreateLoad(ir.getInt8Ty(), mark), ir.getInt64Ty());
  ir.CreateStore(ir.getInt8(1), mark);
  ir.CreateStore(where.value, elementPointer(places, ir.getInt64Ty(), count));
  ir.CreateStore(ir.CreateSub(ir.CreateAdd(count, ir.getInt64(1)), isMarked),
                 ir.CreateConstInBoundsGEP1_64(ir.getInt8Ty(), changes, offsetof(TlChanges, count)));
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

void KernelEmitter::emitCombine(plan::CombineOp op) {
  if (op.getTracked())
    return emitTrackedCombine(op);
  const DenseArgument &tensor = dense.at(op.getTensor());
  mlir::Type type = op.getValue().getType();
  llvm::Type *stored = scalars.memoryType(type);
  const Emitted where = offset(place(op.getMap(), op.getIndices()), tensor.type);
  Value *value = widened(values.at(op.getValue()));
  if (!op.getFresh()) {
    Value *old = scalars.fromMemory(loadElements(tensor.elements, stored, where), type);
    Value *both = combined(op.getMonoid(), old, value, type);
    if (tensor.present)
      both = ir.CreateSelect(scalars.isNonZero(loadElements(tensor.present, ir.getInt8Ty(), where)), both,
                             value);
    value = both;
  }
  storeElements(scalars.toMemory(value, type), tensor.elements, where);
  if (tensor.present)
    storeElements(widened({ir.getInt8(1), 0}), tensor.present, where);
}

} // namespace tl::backend::cpu
