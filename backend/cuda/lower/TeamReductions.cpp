// plan.reduce in a team: each thread's accumulators, and how they meet.
#include "backend/cuda/lower/Deal.h"
#include "backend/cuda/lower/TileEmitter.h"

#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/Module.h"

#include <limits>
#include <utility>

namespace tl::backend::cuda {

using cpu::Accumulated;
using cpu::Rules;
using cpu::storedType;
using llvm::Value;

namespace {

constexpr unsigned kSharedMemory = 3;

bool isShared(plan::ReduceOp op) {
  bool found = false;
  op->walk([&](tile::StrideOp) { found = true; });
  return found;
}

/// `change` applied to every accumulator that there is.
template <typename Change> Accumulated changed(const Accumulated &old, Change change) {
  auto one = [&](Value *value) { return value ? change(value) : nullptr; };
  // In this order: changes emit code.
  Accumulated result;
  result.value = one(old.value);
  result.position = one(old.position);
  result.count = one(old.count);
  result.reached = one(old.reached);
  return result;
}

} // namespace

Accumulated TileEmitter::load(const Reduction &reduction, llvm::Type *type) {
  auto read = [&](Value *slot, llvm::Type *element) -> Value * {
    if (!slot)
      return nullptr;
    Value *value = ir.CreateLoad(storedType(element), slot);
    return value->getType() == element ? value : ir.CreateTrunc(value, element);
  };
  return {read(reduction.value, type), read(reduction.position, ir.getInt64Ty()),
          read(reduction.count, ir.getInt64Ty()), read(reduction.reached, ir.getInt1Ty())};
}

void TileEmitter::store(const Reduction &reduction, const Accumulated &accumulated) {
  auto write = [&](Value *slot, Value *value) {
    if (slot)
      ir.CreateStore(ir.CreateZExtOrBitCast(value, storedType(value->getType())), slot);
  };
  write(reduction.value, accumulated.value);
  write(reduction.position, accumulated.position);
  write(reduction.count, accumulated.count);
  write(reduction.reached, accumulated.reached);
}

void TileEmitter::emitReduce(plan::ReduceOp op) {
  Reduction reduction = {op.getKind(), cpu::contributedType(op)};
  Rules rules(ir, scalars, reduction.kind, reduction.type);
  llvm::Type *type = rules.accumulatorType();
  const bool isMean = reduction.kind == ir::Projection::Mean;
  reduction.value = stackSlot(storedType(type), "accumulator");
  reduction.position = cpu::hasPosition(reduction.kind) ? stackSlot(ir.getInt64Ty(), "position") : nullptr;
  reduction.count = isMean ? stackSlot(ir.getInt64Ty(), "count") : nullptr;
  reduction.reached = stackSlot(ir.getInt8Ty(), "reached");
  store(reduction, {rules.identity(), ir.getInt64(std::numeric_limits<std::int64_t>::max()), ir.getInt64(0),
                    ir.getFalse()});
  reductions[op] = reduction;
  emitBlock(op.getBody().front());
  Accumulated total = load(reduction, type);
  // What nobody asks for need not be exchanged.
  if (op.getReached().use_empty() && !reduction.position)
    total.reached = ir.getTrue();
  if (!inStride && team > 1 && isShared(op)) {
    total = metInWarp(rules, total);
    if (team > kWarp)
      total = metInBlock(rules, total);
  }
  values[op.getValue()] = rules.finished(total, op.getValue().getType());
  values[op.getReached()] = total.reached;
}

/// Where every thread sees every contribution, as in a reduction without a stride, each adds them up for
/// itself; where a stride is, what stands outside it is one thread's to add.
void TileEmitter::emitContribute(plan::ContributeOp op) {
  auto reduce = op->getParentOfType<plan::ReduceOp>();
  const Reduction reduction = reductions.at(reduce);
  auto add = [&] {
    Rules rules(ir, scalars, reduction.kind, reduction.type);
    Value *position = op.getPosition() ? values.at(op.getPosition()) : nullptr;
    store(reduction, rules.merge(load(reduction, rules.accumulatorType()),
                                 rules.single(values.at(op.getValue()), position, ir.getTrue())));
  };
  if (!inStride && isShared(reduce))
    emitOnce(add);
  else
    add();
}

Value *TileEmitter::exchangedWord(Value *word, unsigned distance) {
  return ir.CreateIntrinsic(llvm::Intrinsic::nvvm_shfl_sync_bfly_i32, {},
                            {ir.getInt32(0xffffffffu), word, ir.getInt32(distance), ir.getInt32(31)});
}

/// The value that the thread `distance` away has; both get the other's. A constant is the same in all.
Value *TileEmitter::exchanged(Value *value, unsigned distance) {
  if (llvm::isa<llvm::Constant>(value))
    return value;
  llvm::Type *type = value->getType();
  const unsigned bits = type->getPrimitiveSizeInBits();
  Value *pattern = ir.CreateBitCast(value, ir.getIntNTy(bits));
  if (bits <= 32) {
    Value *other = exchangedWord(ir.CreateZExtOrBitCast(pattern, ir.getInt32Ty()), distance);
    return ir.CreateBitCast(ir.CreateTruncOrBitCast(other, pattern->getType()), type);
  }
  Value *low = exchangedWord(ir.CreateTrunc(pattern, ir.getInt32Ty()), distance);
  Value *high = exchangedWord(ir.CreateTrunc(ir.CreateLShr(pattern, 32), ir.getInt32Ty()), distance);
  Value *both = ir.CreateOr(ir.CreateZExt(low, ir.getInt64Ty()),
                            ir.CreateShl(ir.CreateZExt(high, ir.getInt64Ty()), 32));
  return ir.CreateBitCast(both, type);
}

/// The lower thread's accumulator stands on the left in both, so that all threads end with the same bits.
Accumulated TileEmitter::metInWarp(Rules &rules, Accumulated mine) {
  for (unsigned distance = kWarp / 2; distance > 0; distance /= 2) {
    Accumulated other = changed(mine, [&](Value *value) { return exchanged(value, distance); });
    Value *isUpper = ir.CreateICmpNE(ir.CreateAnd(thread, ir.getInt32(distance)), ir.getInt32(0));
    auto ordered = [&](const Accumulated &above, const Accumulated &below) {
      auto choose = [&](Value *a, Value *b) { return a ? ir.CreateSelect(isUpper, a, b) : nullptr; };
      Accumulated result;
      result.value = choose(above.value, below.value);
      result.position = choose(above.position, below.position);
      result.count = choose(above.count, below.count);
      result.reached = choose(above.reached, below.reached);
      return result;
    };
    mine = rules.merge(ordered(other, mine), ordered(mine, other));
  }
  return mine;
}

/// One element a warp; all reductions of a kernel share the arrays, a barrier apart.
Value *TileEmitter::sharedArray(llvm::Type *element, unsigned part) {
  std::string name =
      (kernel.getSymName() + ".warps" + llvm::Twine(part) + "." +
       llvm::Twine(element->getPrimitiveSizeInBits()) + (element->isFloatingPointTy() ? "f" : "i"))
          .str();
  if (llvm::GlobalVariable *known = module.getNamedGlobal(name))
    return known;
  auto *type = llvm::ArrayType::get(element, static_cast<std::uint64_t>(team / kWarp));
  return new llvm::GlobalVariable(module, type, false, llvm::GlobalValue::InternalLinkage,
                                  llvm::UndefValue::get(type), name, nullptr,
                                  llvm::GlobalValue::NotThreadLocal, kSharedMemory);
}

void TileEmitter::emitBarrier() {
  ir.CreateIntrinsic(llvm::Intrinsic::nvvm_barrier_cta_sync_aligned_all, {}, {ir.getInt32(0)});
}

/// Each warp leaves its accumulators in shared memory; every thread takes all of them in the order of the
/// warps.
Accumulated TileEmitter::metInBlock(Rules &rules, const Accumulated &warp) {
  unsigned parts = 0;
  Accumulated arrays =
      changed(warp, [&](Value *value) { return sharedArray(storedType(value->getType()), parts++); });
  auto slot = [&](Value *array, llvm::Type *stored, Value *place) {
    return ir.CreateInBoundsGEP(stored, array, place);
  };
  Value *isFirst = ir.CreateICmpEQ(ir.CreateAnd(thread, ir.getInt32(kWarp - 1)), ir.getInt32(0));
  Value *mine = ir.CreateLShr(thread, 5);
  auto leaveIn = [&](Value *array, Value *value) {
    if (value && !llvm::isa<llvm::Constant>(value))
      ir.CreateStore(ir.CreateZExtOrBitCast(value, storedType(value->getType())),
                     slot(array, storedType(value->getType()), mine));
  };
  emitGuarded(isFirst, [&] {
    leaveIn(arrays.value, warp.value);
    leaveIn(arrays.position, warp.position);
    leaveIn(arrays.count, warp.count);
    leaveIn(arrays.reached, warp.reached);
  });
  emitBarrier();
  auto takeFrom = [&](Value *array, Value *like, std::int64_t from) -> Value * {
    if (!array || llvm::isa<llvm::Constant>(like))
      return like;
    llvm::Type *stored = storedType(like->getType());
    Value *value = ir.CreateLoad(stored, slot(array, stored, ir.getInt32(static_cast<std::uint32_t>(from))));
    return stored == like->getType() ? value : ir.CreateTrunc(value, like->getType());
  };
  auto taken = [&](std::int64_t from) -> Accumulated {
    return {takeFrom(arrays.value, warp.value, from), takeFrom(arrays.position, warp.position, from),
            takeFrom(arrays.count, warp.count, from), takeFrom(arrays.reached, warp.reached, from)};
  };
  Accumulated total = taken(0);
  for (std::int64_t from = 1; from < team / kWarp; ++from)
    total = rules.merge(total, taken(from));
  // Before the arrays are used again.
  emitBarrier();
  return total;
}

} // namespace tl::backend::cuda
