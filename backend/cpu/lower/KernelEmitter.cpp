// The frame of a kernel: its two functions, its arguments, and the walk over its operations.
#include "backend/cpu/lower/KernelEmitter.h"

#include "ir/tl/TlTypes.h"
#include "runtime/abi/KernelAbi.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/IR/Module.h"

#include <cstddef>

namespace tl::backend::cpu {

using llvm::Value;

KernelEmitter::KernelEmitter(llvm::Module &module, plan::KernelOp kernel)
    : module(module), kernel(kernel), ir(module.getContext()), scalars(ir, module) {}

void KernelEmitter::emit() {
  llvm::Function *body = declareBody();
  emitWrapper(body);
  function = body;
  ir.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", body));
  leave = llvm::BasicBlock::Create(module.getContext(), "leave", body);
  frame = body->getArg(0);
  stop = loadField(frame, offsetof(TlFrame, stop), ir.getPtrTy());
  mlir::Block &block = kernel.getBody().front();
  unsigned slot = 0, parameter = 1;
  for (mlir::BlockArgument argument : block.getArguments()) {
    const unsigned slots = bindArgument(argument, slot, parameter);
    slot += slots;
    parameter += ir::denseType(argument.getType()) ? slots : 0;
  }
  emitBlock(block);
  ir.CreateBr(leave);
  ir.SetInsertPoint(leave);
  ir.CreateRetVoid();
}

/// Dense tensors are parameters, because only parameters can be marked as not overlapping. The destination
/// never overlaps what a kernel reads: where it is the same tensor, as in a scan, the elements differ.
llvm::Function *KernelEmitter::declareBody() {
  llvm::SmallVector<llvm::Type *> parameters = {ir.getPtrTy()};
  for (mlir::BlockArgument argument : kernel.getBody().getArguments())
    if (ir::denseType(argument.getType()))
      parameters.append(ir::isPartial(argument.getType()) ? 2 : 1, ir.getPtrTy());
  auto *type = llvm::FunctionType::get(ir.getVoidTy(), parameters, false);
  auto *body =
      llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, kernel.getSymName() + ".body", module);
  body->addFnAttr(llvm::Attribute::NoUnwind);
  body->addFnAttr("prefer-vector-width", "512");
  body->addFnAttr("min-legal-vector-width", "512");
  for (unsigned position = 1; position < parameters.size(); ++position) {
    body->addParamAttr(position, llvm::Attribute::NoAlias);
    body->addParamAttr(position, llvm::Attribute::NonNull);
  }
  return body;
}

void KernelEmitter::emitWrapper(llvm::Function *body) {
  auto *type = llvm::FunctionType::get(ir.getVoidTy(), {ir.getPtrTy()}, false);
  function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, kernel.getSymName(), module);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  ir.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function));
  Value *arguments = loadField(function->getArg(0), offsetof(TlFrame, arguments), ir.getPtrTy());
  llvm::SmallVector<Value *> passed = {function->getArg(0)};
  unsigned slot = 0;
  for (mlir::BlockArgument argument : kernel.getBody().getArguments()) {
    const unsigned slots = ir::isPartial(argument.getType()) ? 2 : 1;
    for (unsigned part = 0; part < slots && ir::denseType(argument.getType()); ++part)
      passed.push_back(argumentPointer(arguments, slot + part));
    slot += slots;
  }
  ir.CreateCall(body, passed);
  ir.CreateRetVoid();
}

Value *KernelEmitter::argumentPointer(Value *arguments, unsigned slot) {
  return loadField(arguments, slot * sizeof(void *), ir.getPtrTy());
}

Value *KernelEmitter::loadField(Value *base, unsigned bytes, llvm::Type *type) {
  return ir.CreateLoad(type, ir.CreateConstInBoundsGEP1_64(ir.getInt8Ty(), base, bytes));
}

Value *KernelEmitter::stackSlot(llvm::Type *type, const llvm::Twine &name) {
  llvm::IRBuilder<> entry(&function->getEntryBlock(), function->getEntryBlock().begin());
  llvm::AllocaInst *slot = entry.CreateAlloca(type, nullptr, name);
  slot->setAlignment(llvm::Align(64));
  return slot;
}

RowsArgument KernelEmitter::loadRows(Value *rows, unsigned columns) {
  RowsArgument result;
  Value *columnsPointer = loadField(rows, offsetof(TlRows, columns), ir.getPtrTy());
  for (unsigned column = 0; column < columns; ++column)
    result.columns.push_back(argumentPointer(columnsPointer, column));
  result.begin = loadField(rows, offsetof(TlRows, begin), ir.getInt64Ty());
  result.end = loadField(rows, offsetof(TlRows, end), ir.getInt64Ty());
  return result;
}

IndexArgument KernelEmitter::loadIndex(Value *index) {
  return {loadField(index, offsetof(TlIndex, groups), ir.getPtrTy()),
          loadField(index, offsetof(TlIndex, keyBound), ir.getInt64Ty()),
          loadField(index, offsetof(TlIndex, part), ir.getInt32Ty()),
          loadField(index, offsetof(TlIndex, round), ir.getInt32Ty()),
          loadField(index, offsetof(TlIndex, ascending), ir.getInt32Ty()),
          loadField(index, offsetof(TlIndex, table), ir.getPtrTy())};
}

/// The number of slots of the frame that the argument takes.
unsigned KernelEmitter::bindArgument(mlir::BlockArgument argument, unsigned slot, unsigned parameter) {
  mlir::Type type = argument.getType();
  if (mlir::RankedTensorType tensor = ir::denseType(type)) {
    const bool isPartial = ir::isPartial(type);
    dense[argument] = {function->getArg(parameter), isPartial ? function->getArg(parameter + 1) : nullptr,
                       tensor};
    return isPartial ? 2 : 1;
  }
  Value *pointer = argumentPointer(loadField(frame, offsetof(TlFrame, arguments), ir.getPtrTy()), slot);
  if (auto rows = mlir::dyn_cast<plan::RowsType>(type))
    rowsArguments[argument] = loadRows(pointer, rows.getArity());
  else if (mlir::isa<plan::IndexType>(type))
    indexes[argument] = loadIndex(pointer);
  else if (mlir::isa<ir::RelationType>(type))
    relations[argument] = {loadField(pointer, offsetof(TlRelation, relation), ir.getPtrTy()),
                           loadField(pointer, offsetof(TlRelation, bits), ir.getPtrTy()),
                           loadField(pointer, offsetof(TlRelation, secondBound), ir.getInt64Ty()),
                           loadField(pointer, offsetof(TlRelation, sink), ir.getPtrTy())};
  else
    define(argument, ir.CreatePtrToInt(pointer, ir.getInt64Ty()));
  return 1;
}

void KernelEmitter::emitBlock(mlir::Block &block) {
  for (mlir::Operation &op : block)
    emitOp(op);
}

void KernelEmitter::emitOp(mlir::Operation &op) {
  llvm::TypeSwitch<mlir::Operation *>(&op)
      .Case<plan::ForOp>([&](auto loop) { emitFor(loop); })
      .Case<plan::EachOp>([&](auto loop) { emitEach(loop); })
      .Case<plan::LookupOp>([&](auto loop) { emitLookup(loop); })
      .Case<plan::IntersectOp>([&](auto loop) { emitIntersect(loop); })
      .Case<plan::IfOp>([&](auto branch) { emitIf(branch); })
      .Case<plan::ReduceOp>([&](auto reduce) { emitReduce(reduce); })
      .Case<plan::ContributeOp>([&](auto contribution) { emitContribute(contribution); })
      .Case<plan::LoadOp>([&](auto load) { emitLoad(load); })
      .Case<plan::PresentOp>([&](auto present) { emitPresent(present); })
      .Case<plan::InsideOp>([&](auto inside) { emitInside(inside); })
      .Case<plan::ProbeOp>([&](auto probe) { emitProbe(probe); })
      .Case<plan::CombineOp>([&](auto combine) { emitCombine(combine); })
      .Case<plan::InsertOp>([&](auto insert) { emitInsert(insert); })
      .Case<plan::ApplyMapOp>([&](auto affine) { emitAffine(affine); })
      .Case<ir::NumberOp>([&](auto number) { define(number.getResult(), scalars.number(number.getValue())); })
      .Case<ir::ApplyOp>([&](auto apply) { emitApply(apply); })
      .Case<ir::CastOp>([&](auto cast) { emitCast(cast); })
      .Default([](mlir::Operation *) { llvm_unreachable("an op that no kernel may hold"); });
}

/// In a vector loop a condition that differs between lanes masks them; elsewhere it is a branch.
void KernelEmitter::emitIf(plan::IfOp op) {
  Emitted condition = values.at(op.getCondition());
  if (!condition.isUniform()) {
    Value *outer = mask;
    mask = outer ? ir.CreateAnd(outer, condition.value) : condition.value;
    emitBlock(op.getBody().front());
    mask = outer;
    return;
  }
  auto *then = llvm::BasicBlock::Create(module.getContext(), "then", function, leave);
  auto *after = llvm::BasicBlock::Create(module.getContext(), "after", function, leave);
  ir.CreateCondBr(condition.value, then, after);
  ir.SetInsertPoint(then);
  emitBlock(op.getBody().front());
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

void KernelEmitter::emitApply(ir::ApplyOp op) {
  llvm::SmallVector<Emitted> operands;
  for (mlir::Value operand : op->getOperands())
    operands.push_back(values.at(operand));
  const bool isUniform = llvm::all_of(operands, [](const Emitted &operand) { return operand.isUniform(); });
  llvm::SmallVector<Value *> emitted;
  for (const Emitted &operand : operands)
    emitted.push_back(isUniform ? operand.value : widened(operand));
  const bool isDraw =
      mlir::isa<mlir::FloatType>(op.getResult().getType()) && op->getOperand(0).getType().isInteger(64);
  mlir::Type type =
      isDraw ? op.getResult().getType() : op->getOperand(op.getPrimitive() == "where" ? 1 : 0).getType();
  define(op.getResult(), scalars.apply(op.getPrimitive(), type, emitted));
}

void KernelEmitter::emitCast(ir::CastOp op) {
  Emitted operand = values.at(op.getOperand());
  mlir::Type from = op.getOperand().getType(), to = op.getResult().getType();
  if (from.isIndex() && to.isIndex()) {
    values[op.getResult()] = operand;
    return;
  }
  define(op.getResult(), scalars.cast(operand.isUniform() ? operand.value : widened(operand), from, to));
}

Value *KernelEmitter::scalar(mlir::Value value) const {
  const Emitted emitted = values.at(value);
  assert(emitted.isUniform() && "the loop was not fit for lanes");
  return emitted.value;
}

Value *KernelEmitter::laneNumbers() {
  llvm::SmallVector<llvm::Constant *> numbers;
  for (unsigned number = 0; number < width; ++number)
    numbers.push_back(ir.getInt64(number));
  return llvm::ConstantVector::get(numbers);
}

/// The value in every lane; the scalar itself outside vector loops.
Value *KernelEmitter::widened(const Emitted &emitted) {
  if (width == 1 || emitted.value->getType()->isVectorTy())
    return emitted.value;
  Value *first = splat(emitted.value);
  if (emitted.step == 0)
    return first;
  return ir.CreateAdd(first, ir.CreateMul(laneNumbers(), splat(ir.getInt64(emitted.step))));
}

Value *KernelEmitter::activeMask() {
  return mask ? mask : splat(ir.getTrue());
}

} // namespace tl::backend::cpu
