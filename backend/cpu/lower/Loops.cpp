// Dense loops: one by one, in lanes of a reduction, or as vectors.
#include "backend/cpu/lower/KernelEmitter.h"

#include "runtime/abi/KernelAbi.h"

#include "llvm/IR/Module.h"

#include <cstddef>

namespace tl::backend::cpu {
namespace {

using llvm::Value;

/// Iterations below which a look at the stop flag costs more than it saves.
constexpr std::int64_t kPollWork = 1024;
/// A loop that only sometimes polls does so every so many iterations; a power of two.
constexpr std::int64_t kPollEvery = 1024;

std::int64_t tripCount(plan::ForOp loop) {
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(loop.getUpper()) -
                                       static_cast<std::int64_t>(loop.getLower()));
}

/// The least number of innermost iterations of one execution of `op`'s body, saturated; loops over rows count
/// as many.
std::int64_t workInside(mlir::Operation *op) {
  std::int64_t work = 1;
  op->walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *inner) {
    if (inner == op)
      return mlir::WalkResult::advance();
    if (mlir::isa<plan::EachOp, plan::LookupOp, plan::IntersectOp>(inner)) {
      work = kPollWork;
      return mlir::WalkResult::interrupt();
    }
    if (auto loop = mlir::dyn_cast<plan::ForOp>(inner)) {
      work += std::min(kPollWork, tripCount(loop)) * workInside(loop);
      return mlir::WalkResult::skip();
    }
    return mlir::WalkResult::advance();
  });
  return std::min(work, kPollWork);
}

} // namespace

KernelEmitter::Poll KernelEmitter::pollOf(plan::ForOp loop) {
  if (workInside(loop) >= kPollWork)
    return Poll::Always;
  return tripCount(loop) >= kPollEvery * kPollEvery ? Poll::Sometimes : Poll::Never;
}

/// Leaves the kernel when `condition` holds and the stop flag is up.
void KernelEmitter::emitPoll(Value *condition) {
  auto *look = llvm::BasicBlock::Create(module.getContext(), "poll", function, leave);
  auto *proceed = llvm::BasicBlock::Create(module.getContext(), "proceed", function, leave);
  ir.CreateCondBr(condition, look, proceed);
  ir.SetInsertPoint(look);
  Value *isStopped = ir.CreateICmpNE(ir.CreateLoad(ir.getInt32Ty(), stop, true), ir.getInt32(0));
  ir.CreateCondBr(isStopped, leave, proceed);
  ir.SetInsertPoint(proceed);
}

/// Runs `body` for begin, begin + step, ... below `end`; the test is at the end of the loop.
void KernelEmitter::emitCountedLoop(Value *begin, Value *end, std::int64_t step, Poll poll, Body body) {
  llvm::LLVMContext &context = module.getContext();
  auto *loop = llvm::BasicBlock::Create(context, "loop", function, leave);
  auto *after = llvm::BasicBlock::Create(context, "after.loop", function, leave);
  llvm::BasicBlock *before = ir.GetInsertBlock();
  ir.CreateCondBr(ir.CreateICmpSLT(begin, end), loop, after);
  ir.SetInsertPoint(loop);
  llvm::PHINode *index = ir.CreatePHI(ir.getInt64Ty(), 2);
  index->addIncoming(begin, before);
  body(index);
  if (poll == Poll::Always)
    emitPoll(ir.getTrue());
  if (poll == Poll::Sometimes) {
    Value *last = ir.getInt64((kPollEvery - 1) * step);
    emitPoll(ir.CreateICmpEQ(ir.CreateAnd(ir.CreateSub(index, begin), last), last));
  }
  Value *next = ir.CreateAdd(index, ir.getInt64(step), "", true, true);
  index->addIncoming(next, ir.GetInsertBlock());
  ir.CreateCondBr(ir.CreateICmpSLT(next, end), loop, after);
  after->moveAfter(ir.GetInsertBlock());
  ir.SetInsertPoint(after);
}

void KernelEmitter::emitFor(plan::ForOp loop) {
  Value *begin = ir.getInt64(loop.getLower()), *end = ir.getInt64(loop.getUpper());
  if (loop.getParallel()) {
    begin = loadField(frame, offsetof(TlFrame, begin), ir.getInt64Ty());
    end = loadField(frame, offsetof(TlFrame, end), ir.getInt64Ty());
  }
  const unsigned lanes = width == 1 ? vectorWidth(loop) : 1;
  if (lanes > 1)
    return emitVectorLoop(loop, lanes, begin, end);
  if (loop.getLanes() > 1 && width == 1)
    return emitLanedLoop(loop, begin, end);
  emitCountedLoop(begin, end, 1, pollOf(loop), [&](Value *index) {
    define(loop.getBody().getArgument(0), index);
    emitBlock(loop.getBody().front());
  });
}

/// One iteration after the other, each contributing to its lane: the bits of the vector form for bodies that
/// have none.
void KernelEmitter::emitLanedLoop(plan::ForOp loop, Value *begin, Value *end) {
  Value *outer = lane;
  emitCountedLoop(begin, end, 1, pollOf(loop), [&](Value *index) {
    define(loop.getBody().getArgument(0), index);
    lane = ir.CreateURem(ir.CreateSub(index, begin), ir.getInt64(loop.getLanes()));
    emitBlock(loop.getBody().front());
  });
  lane = outer;
}

/// Whole vectors first; what remains is one more vector whose lanes past the end are masked.
void KernelEmitter::emitVectorLoop(plan::ForOp loop, unsigned lanes, Value *begin, Value *end) {
  assert(!mask && "vector loops do not nest");
  width = lanes;
  auto emitBody = [&](Value *first) {
    define(loop.getBody().getArgument(0), first, 1);
    emitBlock(loop.getBody().front());
  };
  Value *count = scalars.greater(ir.CreateSub(end, begin), ir.getInt64(0));
  Value *whole = ir.CreateAdd(begin, ir.CreateAnd(count, ir.getInt64(-static_cast<std::int64_t>(lanes))));
  emitCountedLoop(begin, whole, lanes, pollOf(loop), emitBody);

  Value *hasRest = ir.CreateICmpSLT(whole, ir.CreateAdd(begin, count));
  if (auto *known = llvm::dyn_cast<llvm::ConstantInt>(hasRest); !known || known->isOne()) {
    auto *rest = llvm::BasicBlock::Create(module.getContext(), "rest", function, leave);
    auto *after = llvm::BasicBlock::Create(module.getContext(), "after.rest", function, leave);
    ir.CreateCondBr(hasRest, rest, after);
    ir.SetInsertPoint(rest);
    mask = ir.CreateICmpSLT(laneNumbers(), splat(ir.CreateSub(end, whole)));
    emitBody(whole);
    mask = nullptr;
    ir.CreateBr(after);
    ir.SetInsertPoint(after);
  }
  width = 1;
}

} // namespace tl::backend::cpu
