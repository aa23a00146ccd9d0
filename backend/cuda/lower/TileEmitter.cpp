// The frame of a kernel: its entry, its team and its point, and the walk over its operations.
#include "backend/cuda/lower/TileEmitter.h"

#include "backend/cuda/lower/Deal.h"
#include "backend/cuda/lower/Math.h"
#include "ir/tl/TlTypes.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/Module.h"

#include <algorithm>
#include <limits>

namespace tl::backend::cuda {

using llvm::Value;

namespace {

constexpr unsigned kGlobalMemory = 1;

} // namespace

LaunchShape launchShapeOf(tile::KernelOp kernel) {
  const std::int64_t team = static_cast<std::int64_t>(kernel.getTeam()), threads = std::max(team, kBlock);
  const std::int64_t perBlock = team > kWarp ? 1 : threads / team;
  return {(kernel.points() + perBlock - 1) / perBlock, team > kWarp ? team : threads};
}

TileEmitter::TileEmitter(llvm::Module &module, tile::KernelOp kernel)
    : module(module), kernel(kernel), ir(module.getContext()), scalars(ir, module, emitMath),
      team(static_cast<std::int64_t>(kernel.getTeam())) {}

void TileEmitter::emit() {
  declare();
  ir.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function));
  leave = llvm::BasicBlock::Create(module.getContext(), "leave", function);
  bindArguments();
  enterTeam();
  emitPoint();
  emitBlock(kernel.getBody().front());
  ir.CreateBr(leave);
  ir.SetInsertPoint(leave);
  ir.CreateRetVoid();
}

/// Tensors never overlap: where an argument is also the destination, as in a scan, the elements differ.
void TileEmitter::declare() {
  llvm::SmallVector<llvm::Type *> parameters;
  llvm::Type *pointer = llvm::PointerType::get(module.getContext(), kGlobalMemory);
  for (mlir::BlockArgument argument : kernel.getBody().getArguments())
    if (ir::denseType(argument.getType()))
      parameters.append(ir::isPartial(argument.getType()) ? 2 : 1, pointer);
    else
      parameters.push_back(ir.getInt64Ty());
  auto *type = llvm::FunctionType::get(ir.getVoidTy(), parameters, false);
  function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, kernel.getSymName(), module);
  function->setCallingConv(llvm::CallingConv::PTX_Kernel);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  function->addFnAttr("nvvm.maxntid", std::to_string(launchShapeOf(kernel).threads));
  for (llvm::Argument &argument : function->args())
    if (argument.getType()->isPointerTy())
      argument.addAttr(llvm::Attribute::NoAlias);
}

void TileEmitter::bindArguments() {
  unsigned parameter = 0;
  for (mlir::BlockArgument argument : kernel.getBody().getArguments()) {
    if (mlir::RankedTensorType tensor = ir::denseType(argument.getType())) {
      Value *elements = function->getArg(parameter++);
      dense[argument] = {elements,
                         ir::isPartial(argument.getType()) ? function->getArg(parameter++) : nullptr, tensor};
    } else {
      values[argument] = function->getArg(parameter++);
    }
  }
}

Value *TileEmitter::special(llvm::Intrinsic::ID id) {
  return ir.CreateIntrinsic(id, llvm::ArrayRef<llvm::Type *>(), llvm::ArrayRef<Value *>());
}

/// Teams past the last point leave at once, all their threads together.
void TileEmitter::enterTeam() {
  const LaunchShape shape = launchShapeOf(kernel);
  const std::int64_t perBlock = shape.threads / team;
  Value *lane = special(llvm::Intrinsic::nvvm_read_ptx_sreg_tid_x);
  Value *group = special(llvm::Intrinsic::nvvm_read_ptx_sreg_ctaid_x);
  thread = ir.CreateAnd(lane, ir.getInt32(static_cast<std::uint32_t>(team - 1)));
  // Division of 32-bit numbers is several times faster than of 64-bit ones.
  const bool isNarrow = shape.blocks * perBlock <= std::numeric_limits<std::int32_t>::max();
  llvm::Type *type = isNarrow ? ir.getInt32Ty() : ir.getInt64Ty();
  auto whole = [&](std::int64_t value) {
    return llvm::ConstantInt::get(type, static_cast<std::uint64_t>(value));
  };
  number = ir.CreateMul(ir.CreateZExt(group, type), whole(perBlock));
  if (perBlock > 1)
    number = ir.CreateAdd(number, ir.CreateUDiv(ir.CreateZExt(lane, type), whole(team)));
  auto *inside = block("team");
  ir.CreateCondBr(ir.CreateICmpULT(number, whole(kernel.points())), inside, leave);
  ir.SetInsertPoint(inside);
}

/// The number of the team, taken apart: the last index is what is left by the extent.
void TileEmitter::emitPoint() {
  llvm::SmallVector<tile::PointOp> indices(kernel.getBody().getOps<tile::PointOp>());
  Value *rest = number;
  for (tile::PointOp index : llvm::reverse(indices)) {
    const std::int64_t extent = index.getUpper() - index.getLower();
    Value *count = llvm::ConstantInt::get(rest->getType(), static_cast<std::uint64_t>(extent));
    const bool isFirst = index == indices.front();
    Value *coordinate = isFirst ? rest : ir.CreateURem(rest, count);
    rest = isFirst ? rest : ir.CreateUDiv(rest, count);
    values[index.getIndex()] = ir.CreateAdd(ir.CreateZExt(coordinate, ir.getInt64Ty()),
                                            ir.getInt64(static_cast<std::uint64_t>(index.getLower())));
  }
}

Value *TileEmitter::stackSlot(llvm::Type *type, const llvm::Twine &name) {
  llvm::IRBuilder<> entry(&function->getEntryBlock(), function->getEntryBlock().begin());
  return entry.CreateAlloca(type, nullptr, name);
}

llvm::BasicBlock *TileEmitter::block(const llvm::Twine &name) {
  return llvm::BasicBlock::Create(module.getContext(), name, function, leave);
}

void TileEmitter::emitBlock(mlir::Block &body) {
  for (mlir::Operation &op : body)
    emitOp(op);
}

void TileEmitter::emitOp(mlir::Operation &op) {
  llvm::TypeSwitch<mlir::Operation *>(&op)
      .Case<tile::PointOp>([](auto) {}) // every index of the point is known from the start
      .Case<tile::StrideOp>([&](auto stride) { emitStride(stride); })
      .Case<tile::ContractOp>([&](auto contract) { emitContract(contract); })
      .Case<plan::ForOp>([&](auto loop) { emitFor(loop); })
      .Case<plan::IfOp>([&](auto branch) { emitIf(branch); })
      .Case<plan::ReduceOp>([&](auto reduce) { emitReduce(reduce); })
      .Case<plan::ContributeOp>([&](auto contribution) { emitContribute(contribution); })
      .Case<plan::LoadOp>([&](auto load) { emitLoad(load); })
      .Case<plan::PresentOp>([&](auto present) { emitPresent(present); })
      .Case<plan::InsideOp>([&](auto inside) { emitInside(inside); })
      .Case<plan::CombineOp>([&](auto combine) { emitCombine(combine); })
      .Case<plan::ApplyMapOp>([&](auto affine) {
        values[affine.getValue()] = place(affine.getMap(), affine.getIndices()).front();
      })
      .Case<ir::NumberOp>(
          [&](auto constant) { values[constant.getResult()] = scalars.number(constant.getValue()); })
      .Case<ir::ApplyOp>([&](auto apply) { emitApply(apply); })
      .Case<ir::CastOp>([&](auto cast) {
        mlir::Type from = cast.getOperand().getType(), to = cast.getResult().getType();
        values[cast.getResult()] = scalars.cast(values.at(cast.getOperand()), from, to);
      })
      .Default([](mlir::Operation *) { llvm_unreachable("an op that no kernel may hold"); });
}

void TileEmitter::emitApply(ir::ApplyOp op) {
  llvm::SmallVector<Value *> operands;
  for (mlir::Value operand : op->getOperands())
    operands.push_back(values.at(operand));
  // A draw takes integers and gives a real; everything else is typed by what it takes.
  const bool isDraw =
      mlir::isa<mlir::FloatType>(op.getResult().getType()) && op->getOperand(0).getType().isInteger(64);
  mlir::Type type =
      isDraw ? op.getResult().getType() : op->getOperand(op.getPrimitive() == "where" ? 1 : 0).getType();
  values[op.getResult()] = scalars.apply(op.getPrimitive(), type, operands);
}

void TileEmitter::emitGuarded(Value *condition, llvm::function_ref<void()> body) {
  auto *then = block("then"), *after = block("after");
  ir.CreateCondBr(condition, then, after);
  ir.SetInsertPoint(then);
  body();
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

void TileEmitter::emitIf(plan::IfOp op) {
  emitGuarded(values.at(op.getCondition()), [&] { emitBlock(op.getBody().front()); });
}

void TileEmitter::emitOnce(llvm::function_ref<void()> body) {
  if (team == 1 || inStride)
    return body();
  emitGuarded(ir.CreateICmpEQ(thread, ir.getInt32(0)), body);
}

/// `begin` may be past the end.
void TileEmitter::emitLoop(Value *begin, std::int64_t end, std::int64_t step, Body body) {
  auto *before = ir.GetInsertBlock(), *loop = block("loop"), *after = block("after.loop");
  Value *bound = ir.getInt64(static_cast<std::uint64_t>(end));
  ir.CreateCondBr(ir.CreateICmpSLT(begin, bound), loop, after);
  ir.SetInsertPoint(loop);
  llvm::PHINode *index = ir.CreatePHI(ir.getInt64Ty(), 2);
  index->addIncoming(begin, before);
  body(index);
  Value *next = ir.CreateAdd(index, ir.getInt64(static_cast<std::uint64_t>(step)), "", true, true);
  index->addIncoming(next, ir.GetInsertBlock());
  ir.CreateCondBr(ir.CreateICmpSLT(next, bound), loop, after);
  after->moveAfter(ir.GetInsertBlock());
  ir.SetInsertPoint(after);
}

void TileEmitter::emitFor(plan::ForOp op) {
  emitLoop(ir.getInt64(op.getLower()), static_cast<std::int64_t>(op.getUpper()), 1, [&](Value *index) {
    values[op.getBody().getArgument(0)] = index;
    emitBlock(op.getBody().front());
  });
}

void TileEmitter::emitStride(tile::StrideOp op) {
  Value *begin = ir.CreateAdd(ir.CreateZExt(thread, ir.getInt64Ty()), ir.getInt64(op.getLower()));
  inStride = true;
  emitLoop(begin, static_cast<std::int64_t>(op.getUpper()), team, [&](Value *index) {
    values[op.getBody().getArgument(0)] = index;
    emitBlock(op.getBody().front());
  });
  inStride = false;
}

} // namespace tl::backend::cuda
