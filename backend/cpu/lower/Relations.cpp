// Loops over rows, index lookups, probes and inserts.
#include "backend/cpu/lower/KernelEmitter.h"

#include "llvm/IR/Module.h"

#include <cstdint>
#include <limits>

namespace tl::backend::cpu {

using llvm::Value;

/// Binds the variables of a loop body to the cells of one row; cells are signed.
void KernelEmitter::emitRow(mlir::Block &body, const TableArgument &rows, Value *row) {
  for (auto [variable, column] : llvm::zip(body.getArguments(), rows.columns)) {
    if (variable.use_empty())
      continue;
    Value *cell = ir.CreateLoad(ir.getInt32Ty(), elementPointer(column, ir.getInt32Ty(), row));
    define(variable, ir.CreateSExt(cell, ir.getInt64Ty()));
  }
  emitBlock(body);
}

void KernelEmitter::emitEach(plan::EachOp op) {
  const TableArgument rows = tables.at(op.getRows());
  emitCountedLoop(rows.begin, rows.end, 1, Poll::Sometimes,
                  [&](Value *row) { emitRow(op.getBody().front(), rows, row); });
}

/// Whether an index value is a cell within `bound`, or within 32 bits when there is no bound.
Value *KernelEmitter::fitsCell(Value *value, std::int64_t bound) {
  if (bound >= 0)
    return ir.CreateICmpULT(value, ir.getInt64(bound));
  return ir.CreateICmpEQ(ir.CreateSExt(ir.CreateTrunc(value, ir.getInt32Ty()), ir.getInt64Ty()), value);
}

/// Both forms of an index are one loop: they differ in where it begins and in the step to the next row.
void KernelEmitter::emitLookup(plan::LookupOp op) {
  const TableArgument index = tables.at(op.getTable());
  llvm::SmallVector<Value *> keys;
  Value *fits = ir.getTrue();
  for (mlir::Value key : op.getKeys()) {
    keys.push_back(scalar(key));
    fits = ir.CreateAnd(fits, fitsCell(keys.back(), -1));
  }
  llvm::LLVMContext &context = module.getContext();
  auto block = [&](const char *name) { return llvm::BasicBlock::Create(context, name, function, leave); };
  llvm::BasicBlock *lookup = block("lookup"), *grouped = block("grouped"), *inBounds = block("in.bounds"),
                   *chained = block("chained"), *rows = block("rows"), *after = block("after.rows");
  ir.CreateCondBr(fits, lookup, after);

  ir.SetInsertPoint(lookup);
  Value *isGrouped = ir.CreateICmpNE(index.offsets, llvm::ConstantPointerNull::get(ir.getPtrTy()));
  ir.CreateCondBr(isGrouped, grouped, chained);

  ir.SetInsertPoint(grouped);
  Value *key = keys.empty() ? ir.getInt64(0) : keys.front();
  ir.CreateCondBr(ir.CreateICmpULT(key, index.keyBound), inBounds, after);

  ir.SetInsertPoint(inBounds);
  Value *begin = ir.CreateLoad(ir.getInt64Ty(), elementPointer(index.offsets, ir.getInt64Ty(), key));
  Value *following = ir.CreateAdd(key, ir.getInt64(1));
  Value *end = ir.CreateLoad(ir.getInt64Ty(), elementPointer(index.offsets, ir.getInt64Ty(), following));
  ir.CreateCondBr(ir.CreateICmpSLT(begin, end), rows, after);

  ir.SetInsertPoint(chained);
  auto *lookupType = llvm::FunctionType::get(ir.getInt64Ty(), {ir.getPtrTy(), ir.getPtrTy()}, false);
  Value *head =
      ir.CreateCall(module.getOrInsertFunction("tlLookupFirst", lookupType), {index.table, storeRow(keys)});
  ir.CreateCondBr(ir.CreateICmpSGE(head, index.begin), rows, after);

  ir.SetInsertPoint(rows);
  llvm::PHINode *first = ir.CreatePHI(ir.getInt64Ty(), 2), *last = ir.CreatePHI(ir.getInt64Ty(), 2);
  first->addIncoming(begin, inBounds), first->addIncoming(head, chained);
  last->addIncoming(end, inBounds), last->addIncoming(index.begin, chained);
  emitLookupRows(op, index, isGrouped, first, last);
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

/// Chains run from newer rows to older ones: past the first row below `begin` nothing counts, while rows at
/// or above `end` are too new and are skipped.
void KernelEmitter::emitLookupRows(plan::LookupOp op, const TableArgument &index, Value *isGrouped,
                                   Value *first, Value *last) {
  llvm::LLVMContext &context = module.getContext();
  auto block = [&](const char *name) { return llvm::BasicBlock::Create(context, name, function, leave); };
  llvm::BasicBlock *before = ir.GetInsertBlock(), *loop = block("row"), *body = block("row.body"),
                   *step = block("row.next"), *neighbour = block("row.grouped"),
                   *older = block("row.chained"), *after = block("row.last");
  ir.CreateBr(loop);
  ir.SetInsertPoint(loop);
  llvm::PHINode *row = ir.CreatePHI(ir.getInt64Ty(), 3);
  row->addIncoming(first, before);
  ir.CreateCondBr(ir.CreateOr(isGrouped, ir.CreateICmpSLT(row, index.end)), body, step);

  ir.SetInsertPoint(body);
  emitRow(op.getBody().front(), index, row);
  ir.CreateBr(step);

  ir.SetInsertPoint(step);
  emitPoll(ir.CreateICmpEQ(ir.CreateAnd(row, ir.getInt64(1023)), ir.getInt64(1023)));
  ir.CreateCondBr(isGrouped, neighbour, older);

  ir.SetInsertPoint(neighbour);
  Value *following = ir.CreateAdd(row, ir.getInt64(1));
  row->addIncoming(following, neighbour);
  ir.CreateCondBr(ir.CreateICmpSLT(following, last), loop, after);

  ir.SetInsertPoint(older);
  Value *link = ir.CreateLoad(ir.getInt32Ty(), elementPointer(index.next, ir.getInt32Ty(), row));
  Value *previous = ir.CreateSExt(link, ir.getInt64Ty());
  row->addIncoming(previous, older);
  // `begin` is never negative, so this also ends at the link -1.
  ir.CreateCondBr(ir.CreateICmpSGE(previous, last), loop, after);
  ir.SetInsertPoint(after);
}

/// The cells, truncated to 32 bits, as a row in memory.
Value *KernelEmitter::storeRow(llvm::ArrayRef<Value *> cells) {
  Value *row =
      stackSlot(llvm::ArrayType::get(ir.getInt32Ty(), std::max<std::size_t>(cells.size(), 1)), "row");
  for (auto [column, cell] : llvm::enumerate(cells))
    ir.CreateStore(ir.CreateTrunc(cell, ir.getInt32Ty()),
                   elementPointer(row, ir.getInt32Ty(), ir.getInt64(column)));
  return row;
}

/// The word of the bitmap of a binary relation shifted so that the row's bit is the lowest.
Value *KernelEmitter::bitOf(const RelationArgument &relation, llvm::ArrayRef<Value *> cells) {
  Value *bit = ir.CreateAdd(ir.CreateMul(cells[0], relation.secondBound), cells[1]);
  Value *word = ir.CreateLoad(
      ir.getInt64Ty(), elementPointer(relation.bits, ir.getInt64Ty(), ir.CreateLShr(bit, ir.getInt64(6))));
  Value *shifted = ir.CreateLShr(word, ir.CreateAnd(bit, ir.getInt64(63)));
  return ir.CreateTrunc(shifted, ir.getInt1Ty());
}

Value *KernelEmitter::containsRow(const RelationArgument &relation, llvm::ArrayRef<Value *> cells) {
  auto *type = llvm::FunctionType::get(ir.getInt32Ty(), {ir.getPtrTy(), ir.getPtrTy()}, false);
  Value *found =
      ir.CreateCall(module.getOrInsertFunction("tlContains", type), {relation.relation, storeRow(cells)});
  return ir.CreateICmpNE(found, ir.getInt32(0));
}

void KernelEmitter::emitProbe(plan::ProbeOp op) {
  const RelationArgument relation = relations.at(op.getRelation());
  llvm::ArrayRef<std::int64_t> bounds = op.getRelation().getType().getBounds();
  llvm::SmallVector<Value *> cells;
  for (const Emitted &coordinate : place(op.getMap(), op.getIndices()))
    cells.push_back(coordinate.value);
  Value *fits = ir.getTrue();
  for (auto [cell, bound] : llvm::zip(cells, bounds))
    fits = ir.CreateAnd(fits, fitsCell(cell, bound));
  const bool mayHaveBits = bounds.size() == 2 && bounds[0] >= 0 && bounds[1] >= 0;

  llvm::LLVMContext &context = module.getContext();
  auto block = [&](const char *name) { return llvm::BasicBlock::Create(context, name, function, leave); };
  llvm::BasicBlock *before = ir.GetInsertBlock(), *probe = block("probe"), *call = block("probe.call"),
                   *after = block("probed");
  llvm::PHINode *holds = llvm::PHINode::Create(ir.getInt1Ty(), 3, "holds", after);
  holds->addIncoming(ir.getFalse(), before);
  ir.CreateCondBr(fits, probe, after);
  ir.SetInsertPoint(probe);
  if (mayHaveBits) {
    llvm::BasicBlock *bits = block("probe.bits");
    ir.CreateCondBr(ir.CreateIsNotNull(relation.bits), bits, call);
    ir.SetInsertPoint(bits);
    holds->addIncoming(bitOf(relation, cells), bits);
    ir.CreateBr(after);
  } else {
    ir.CreateBr(call);
  }
  ir.SetInsertPoint(call);
  holds->addIncoming(containsRow(relation, cells), call);
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
  define(op.getHolds(), holds);
}

/// A row outside a known bound is dropped, like writing outside a tensor; an integer that no cell holds is refused.
void KernelEmitter::emitInsert(plan::InsertOp op) {
  const RelationArgument relation = relations.at(op.getRelation());
  llvm::SmallVector<Value *> cells;
  Value *isInside = ir.getTrue(), *isCell = ir.getTrue();
  for (auto [coordinate, bound] :
       llvm::zip(place(op.getMap(), op.getIndices()), op.getRelation().getType().getBounds())) {
    cells.push_back(coordinate.value);
    if (bound >= 0)
      isInside = ir.CreateAnd(isInside, fitsCell(coordinate.value, bound));
    if (bound < 0 || bound > std::numeric_limits<std::int32_t>::max())
      isCell = ir.CreateAnd(isCell, fitsCell(coordinate.value, -1));
  }
  llvm::LLVMContext &context = module.getContext();
  auto block = [&](const char *name) { return llvm::BasicBlock::Create(context, name, function, leave); };
  llvm::BasicBlock *inside = block("insert.inside"), *refuse = block("insert.refuse"), *fits = block("insert.fits"),
                   *after = block("inserted");
  ir.CreateCondBr(isInside, inside, after);
  ir.SetInsertPoint(inside);
  ir.CreateCondBr(isCell, fits, refuse);
  ir.SetInsertPoint(refuse);
  auto *refuseType = llvm::FunctionType::get(ir.getVoidTy(), {ir.getPtrTy()}, false);
  ir.CreateCall(module.getOrInsertFunction("tlRefuseCell", refuseType), {relation.relation});
  ir.CreateBr(after);
  ir.SetInsertPoint(fits);
  if (cells.size() == 2) {
    emitBinaryInsert(relation, cells, op.getRelation().getType().getBounds());
  } else {
    auto *type = llvm::FunctionType::get(ir.getVoidTy(), {ir.getPtrTy(), ir.getPtrTy()}, false);
    ir.CreateCall(module.getOrInsertFunction("tlInsert", type), {relation.relation, storeRow(cells)});
  }
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

/// Most rows that a recursion derives are known already: their bit is tested before the call.
void KernelEmitter::emitBinaryInsert(const RelationArgument &relation, llvm::ArrayRef<Value *> cells,
                                     llvm::ArrayRef<std::int64_t> bounds) {
  llvm::LLVMContext &context = module.getContext();
  auto block = [&](const char *name) { return llvm::BasicBlock::Create(context, name, function, leave); };
  llvm::BasicBlock *test = block("insert.bits"), *call = block("insert"), *after = block("insert.done");
  const bool mayHaveBits = bounds[0] >= 0 && bounds[1] >= 0;
  ir.CreateCondBr(mayHaveBits ? ir.CreateIsNotNull(relation.bits) : ir.getFalse(), test, call);
  ir.SetInsertPoint(test);
  ir.CreateCondBr(bitOf(relation, cells), after, call);
  ir.SetInsertPoint(call);
  auto *type =
      llvm::FunctionType::get(ir.getVoidTy(), {ir.getPtrTy(), ir.getInt32Ty(), ir.getInt32Ty()}, false);
  ir.CreateCall(module.getOrInsertFunction("tlInsertBinary", type),
                {relation.relation, ir.CreateTrunc(cells[0], ir.getInt32Ty()),
                 ir.CreateTrunc(cells[1], ir.getInt32Ty())});
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

} // namespace tl::backend::cpu
