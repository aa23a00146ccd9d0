// Places in tensors, and reading and writing the elements there.
#include "backend/cuda/lower/TileEmitter.h"

#include "ir/tl/TlTypes.h"
#include "runtime/core/Shape.h"

#include "llvm/IR/Module.h"

namespace tl::backend::cuda {

using llvm::Value;

/// Affine division rounds down; its divisor is a positive constant.
Value *TileEmitter::divided(mlir::AffineExprKind kind, Value *dividend, std::int64_t divisor) {
  if (kind == mlir::AffineExprKind::CeilDiv) // -((-x) floordiv d)
    return ir.CreateNeg(divided(mlir::AffineExprKind::FloorDiv, ir.CreateNeg(dividend), divisor));
  Value *by = ir.getInt64(static_cast<std::uint64_t>(divisor));
  Value *quotient = ir.CreateSDiv(dividend, by);
  Value *remainder = ir.CreateSub(dividend, ir.CreateMul(quotient, by));
  Value *isBelow = ir.CreateICmpSLT(remainder, ir.getInt64(0));
  if (kind == mlir::AffineExprKind::Mod)
    return ir.CreateSelect(isBelow, ir.CreateAdd(remainder, by), remainder);
  return ir.CreateSelect(isBelow, ir.CreateSub(quotient, ir.getInt64(1)), quotient);
}

Value *TileEmitter::evaluate(mlir::AffineExpr expression, llvm::ArrayRef<Value *> inputs) {
  if (auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expression))
    return ir.getInt64(static_cast<std::uint64_t>(constant.getValue()));
  if (auto dimension = mlir::dyn_cast<mlir::AffineDimExpr>(expression))
    return inputs[dimension.getPosition()];
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(expression);
  Value *lhs = evaluate(binary.getLHS(), inputs);
  if (binary.getKind() == mlir::AffineExprKind::Add)
    return ir.CreateAdd(lhs, evaluate(binary.getRHS(), inputs));
  // Affine maps multiply and divide by constants only, on the right.
  const std::int64_t factor = mlir::cast<mlir::AffineConstantExpr>(binary.getRHS()).getValue();
  return binary.getKind() == mlir::AffineExprKind::Mul
             ? ir.CreateMul(lhs, ir.getInt64(static_cast<std::uint64_t>(factor)))
             : divided(binary.getKind(), lhs, factor);
}

llvm::SmallVector<Value *> TileEmitter::place(mlir::AffineMap map, mlir::ValueRange indices) {
  llvm::SmallVector<Value *> inputs, coordinates;
  for (mlir::Value index : indices)
    inputs.push_back(values.at(index));
  for (mlir::AffineExpr expression : map.getResults())
    coordinates.push_back(evaluate(expression, inputs));
  return coordinates;
}

Value *TileEmitter::offset(llvm::ArrayRef<Value *> place, mlir::RankedTensorType type) {
  Value *total = ir.getInt64(0);
  for (auto [coordinate, stride] :
       llvm::zip(place, runtime::rowMajorStrides(runtime::Shape(type.getShape()))))
    total = ir.CreateAdd(total, ir.CreateMul(coordinate, ir.getInt64(static_cast<std::uint64_t>(stride))));
  return total;
}

Value *TileEmitter::elementPointer(Value *base, llvm::Type *element, Value *offset) {
  return ir.CreateInBoundsGEP(element, base, offset);
}

void TileEmitter::emitLoad(plan::LoadOp op) {
  const DenseArgument &tensor = dense.at(op.getTensor());
  mlir::Type type = op.getElement().getType();
  llvm::Type *stored = scalars.memoryType(type);
  Value *where = offset(place(op.getMap(), op.getIndices()), tensor.type);
  values[op.getElement()] =
      scalars.fromMemory(ir.CreateLoad(stored, elementPointer(tensor.elements, stored, where)), type);
}

void TileEmitter::emitPresent(plan::PresentOp op) {
  const DenseArgument &tensor = dense.at(op.getTensor());
  Value *where = offset(place(op.getMap(), op.getIndices()), tensor.type);
  Value *byte = ir.CreateLoad(ir.getInt8Ty(), elementPointer(tensor.present, ir.getInt8Ty(), where));
  values[op.getPresent()] = scalars.isNonZero(byte);
}

void TileEmitter::emitInside(plan::InsideOp op) {
  Value *inside = ir.getTrue();
  const llvm::SmallVector<Value *> coordinates = place(op.getMap(), op.getIndices());
  for (auto [coordinate, extent] : llvm::zip(coordinates, ir::denseType(op.getTensor().getType()).getShape()))
    // As unsigned, so that a negative place is above every extent.
    inside =
        ir.CreateAnd(inside, ir.CreateICmpULT(coordinate, ir.getInt64(static_cast<std::uint64_t>(extent))));
  values[op.getInside()] = inside;
}

Value *TileEmitter::combined(ir::Monoid monoid, Value *old, Value *value, mlir::Type type) {
  const bool isReal = mlir::isa<mlir::FloatType>(type), isTruth = type.isInteger(1);
  switch (monoid) {
  case ir::Monoid::Add:
    if (isTruth)
      return ir.CreateOr(old, value);
    return scalars.rounded(isReal ? ir.CreateFAdd(old, value) : ir.CreateAdd(old, value), type);
  case ir::Monoid::Multiply:
    return scalars.rounded(isReal ? ir.CreateFMul(old, value) : ir.CreateMul(old, value), type);
  case ir::Monoid::Or:
    return ir.CreateOr(old, value);
  case ir::Monoid::Max:
    return isTruth ? ir.CreateOr(old, value) : scalars.greater(old, value);
  case ir::Monoid::Min:
    return isTruth ? ir.CreateAnd(old, value) : scalars.lesser(old, value);
  case ir::Monoid::Average:
    break;
  }
  llvm_unreachable("an average is planned as a sum and a count");
}

void TileEmitter::emitCombine(plan::CombineOp op) {
  emitOnce([&] { emitElement(op); });
}

void TileEmitter::emitElement(plan::CombineOp op) {
  const DenseArgument &tensor = dense.at(op.getTensor());
  mlir::Type type = op.getValue().getType();
  llvm::Type *stored = scalars.memoryType(type);
  Value *where = offset(place(op.getMap(), op.getIndices()), tensor.type);
  Value *element = elementPointer(tensor.elements, stored, where);
  Value *present = tensor.present ? elementPointer(tensor.present, ir.getInt8Ty(), where) : nullptr;
  Value *value = values.at(op.getValue());
  if (!op.getFresh()) {
    Value *both =
        combined(op.getMonoid(), scalars.fromMemory(ir.CreateLoad(stored, element), type), value, type);
    value = present ? ir.CreateSelect(scalars.isNonZero(ir.CreateLoad(ir.getInt8Ty(), present)), both, value)
                    : both;
  }
  ir.CreateStore(scalars.toMemory(value, type), element);
  if (present)
    ir.CreateStore(ir.getInt8(1), present);
}

} // namespace tl::backend::cuda
