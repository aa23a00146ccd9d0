// Loops over rows, index lookups, probes and inserts.
#include "backend/cpu/lower/KernelEmitter.h"

#include "passes/plan/KernelLoops.h"
#include "runtime/abi/KernelAbi.h"

#include "llvm/IR/Module.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace tl::backend::cpu {

using llvm::Value;

/// The body for every row of a span: its variables are the cells, which are signed, and the keys.
void KernelEmitter::emitRows(mlir::Block &body, const RowSpan &rows) {
  if (emitRun(body, rows))
    return;
  emitCountedLoop(rows.first, rows.last, 1, Poll::Sometimes, [&](Value *row) {
    for (auto [variable, column, key] : llvm::zip_equal(body.getArguments(), rows.columns, rows.keys)) {
      if (variable.use_empty())
        continue;
      if (!column) {
        define(variable, key);
        continue;
      }
      Value *cell = ir.CreateLoad(ir.getInt32Ty(), elementPointer(column, ir.getInt32Ty(), row));
      define(variable, ir.CreateSExt(cell, ir.getInt64Ty()));
    }
    emitBlock(body);
  });
}

/// A loop that does nothing but insert pairs of one cell with a column hands over the whole column: the
/// relation then looks up the first cell once.
bool KernelEmitter::emitRun(mlir::Block &body, const RowSpan &rows) {
  auto insert = mlir::dyn_cast<plan::InsertOp>(body.front());
  if (!insert || !llvm::hasSingleElement(body))
    return false;
  const mlir::AffineMap map = insert.getMap();
  if (map.getNumResults() != 2 || !map.isProjectedPermutation())
    return false;
  mlir::Value first = insert.getIndices()[map.getDimPosition(0)],
              second = insert.getIndices()[map.getDimPosition(1)];
  auto argument = mlir::dyn_cast<mlir::BlockArgument>(second);
  auto isOfRow = [&](mlir::Value value) {
    auto variable = mlir::dyn_cast<mlir::BlockArgument>(value);
    return variable && variable.getOwner() == &body;
  };
  if (!argument || !isOfRow(second) || isOfRow(first) || !rows.columns[argument.getArgNumber()])
    return false;
  Value *cell = scalar(first);
  const std::int64_t bound = insert.getRelation().getType().getBounds()[0];
  const std::int64_t secondBound = insert.getRelation().getType().getBounds()[1];
  // What no cell can hold is reported by the insertion of single rows.
  if (bound < 0 || bound > std::numeric_limits<std::int32_t>::max() || secondBound < 0)
    return false;
  llvm::LLVMContext &context = module.getContext();
  auto *call = llvm::BasicBlock::Create(context, "run", function, leave);
  auto *after = llvm::BasicBlock::Create(context, "after.run", function, leave);
  Value *isUseful = ir.CreateAnd(fitsCell(cell, bound), ir.CreateICmpSLT(rows.first, rows.last));
  ir.CreateCondBr(isUseful, call, after);
  ir.SetInsertPoint(call);
  auto *type = llvm::FunctionType::get(
      ir.getVoidTy(), {ir.getPtrTy(), ir.getInt32Ty(), ir.getPtrTy(), ir.getInt64Ty()}, false);
  Value *cells = elementPointer(rows.columns[argument.getArgNumber()], ir.getInt32Ty(), rows.first);
  ir.CreateCall(module.getOrInsertFunction("tlInsertRun", type),
                {relations.at(insert.getRelation()).sink, ir.CreateTrunc(cell, ir.getInt32Ty()), cells,
                 ir.CreateSub(rows.last, rows.first)});
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
  return true;
}

void KernelEmitter::emitEach(plan::EachOp op) {
  RowsArgument rows = rowsArguments.at(op.getRows());
  if (op->hasAttr(passes::kSharedRows)) {
    rows.begin = loadField(frame, offsetof(TlFrame, begin), ir.getInt64Ty());
    rows.end = loadField(frame, offsetof(TlFrame, end), ir.getInt64Ty());
  }
  const llvm::SmallVector<Value *> none(rows.columns.size(), nullptr);
  emitRows(op.getBody().front(), {rows.columns, none, rows.begin, rows.end});
}

/// Whether an index value is a cell within `bound`, or within 32 bits when there is no bound.
Value *KernelEmitter::fitsCell(Value *value, std::int64_t bound) {
  if (bound >= 0)
    return ir.CreateICmpULT(value, ir.getInt64(bound));
  return ir.CreateICmpEQ(ir.CreateSExt(ir.CreateTrunc(value, ir.getInt32Ty()), ir.getInt64Ty()), value);
}

/// The group of some keys; leaves for `none` when there is none.
Value *KernelEmitter::findGroup(const IndexArgument &index, llvm::ArrayRef<Value *> keys,
                                llvm::BasicBlock *none) {
  llvm::LLVMContext &context = module.getContext();
  auto block = [&](const char *name) { return llvm::BasicBlock::Create(context, name, function, none); };
  llvm::BasicBlock *lookup = block("lookup"), *dense = block("dense"), *inBounds = block("in.bounds"),
                   *hashed = block("hashed"), *found = block("found");
  Value *fits = ir.getTrue();
  for (Value *key : keys)
    fits = ir.CreateAnd(fits, fitsCell(key, -1));
  ir.CreateCondBr(fits, lookup, none);

  ir.SetInsertPoint(lookup);
  ir.CreateCondBr(ir.CreateIsNotNull(index.groups), dense, hashed);
  ir.SetInsertPoint(dense);
  ir.CreateCondBr(ir.CreateICmpULT(keys.front(), index.keyBound), inBounds, none);
  ir.SetInsertPoint(inBounds);
  Value *at = ir.CreateInBoundsGEP(ir.getInt8Ty(), index.groups,
                                   ir.CreateMul(keys.front(), ir.getInt64(sizeof(TlGroup))));
  ir.CreateBr(found);
  ir.SetInsertPoint(hashed);
  auto *type = llvm::FunctionType::get(ir.getPtrTy(), {ir.getPtrTy(), ir.getPtrTy()}, false);
  Value *searched =
      ir.CreateCall(module.getOrInsertFunction("tlFindGroup", type), {index.table, storeRow(keys)});
  ir.CreateCondBr(ir.CreateIsNotNull(searched), found, none);

  ir.SetInsertPoint(found);
  llvm::PHINode *group = ir.CreatePHI(ir.getPtrTy(), 2);
  group->addIncoming(at, inBounds);
  group->addIncoming(searched, hashed);
  return group;
}

/// The rows of a group that the view shows.
RowSpan KernelEmitter::spanOf(const IndexArgument &index, Value *group, plan::IndexType type,
                              llvm::ArrayRef<Value *> keys) {
  auto field = [&](unsigned bytes) {
    return ir.CreateZExt(loadField(group, bytes, ir.getInt32Ty()), ir.getInt64Ty());
  };
  Value *cells = loadField(group, offsetof(TlGroup, cells), ir.getPtrTy());
  Value *stride = field(offsetof(TlGroup, stride)), *count = field(offsetof(TlGroup, count));
  Value *isCurrent =
      ir.CreateICmpEQ(loadField(group, offsetof(TlGroup, round), ir.getInt32Ty()), index.round);
  Value *old = ir.CreateSelect(isCurrent, field(offsetof(TlGroup, old)), count);
  RowSpan span;
  span.first = ir.CreateSelect(ir.CreateICmpEQ(index.part, ir.getInt32(TlNew)), old, ir.getInt64(0));
  span.last = ir.CreateSelect(ir.CreateICmpEQ(index.part, ir.getInt32(TlOld)), old, count);
  unsigned rest = 0;
  for (unsigned column = 0; column < type.getArity(); ++column) {
    const auto *key = llvm::find(type.getKeys(), column);
    const bool isKey = key != type.getKeys().end();
    span.keys.push_back(isKey ? keys[static_cast<std::size_t>(key - type.getKeys().begin())] : nullptr);
    span.columns.push_back(
        isKey ? nullptr : elementPointer(cells, ir.getInt32Ty(), ir.CreateMul(stride, ir.getInt64(rest++))));
  }
  return span;
}

void KernelEmitter::emitLookup(plan::LookupOp op) {
  const IndexArgument index = indexes.at(op.getTable());
  llvm::SmallVector<Value *> keys;
  for (mlir::Value key : op.getKeys())
    keys.push_back(scalar(key));
  auto *after = llvm::BasicBlock::Create(module.getContext(), "after.rows", function, leave);
  Value *group = findGroup(index, keys, after);
  emitRows(op.getBody().front(), spanOf(index, group, op.getTable().getType(), keys));
  ir.CreateBr(after);
  after->moveAfter(ir.GetInsertBlock());
  ir.SetInsertPoint(after);
}

/// The lists of all tables are found and laid side by side; the runtime gives what they have in common.
void KernelEmitter::emitIntersect(plan::IntersectOp op) {
  auto *after = llvm::BasicBlock::Create(module.getContext(), "after.common", function, leave);
  const std::size_t count = op.getTables().size();
  Value *lists = stackSlot(llvm::ArrayType::get(ir.getInt64Ty(), 3 * count), "lists");
  for (auto [position, table, given] : llvm::enumerate(op.getTables(), op.keysByTable())) {
    const IndexArgument index = indexes.at(table);
    llvm::SmallVector<Value *> keys;
    for (mlir::Value key : given)
      keys.push_back(scalar(key));
    Value *group = findGroup(index, keys, after);
    const RowSpan span = spanOf(index, group, mlir::cast<plan::IndexType>(table.getType()), keys);
    Value *column = *llvm::find_if(span.columns, [](Value *rest) { return rest != nullptr; });
    auto field = [&](std::size_t number) {
      return ir.CreateConstInBoundsGEP1_64(ir.getInt64Ty(), lists, 3 * position + number);
    };
    ir.CreateStore(elementPointer(column, ir.getInt32Ty(), span.first), field(0));
    ir.CreateStore(ir.CreateSub(span.last, span.first), field(1));
    ir.CreateStore(ir.CreateZExt(index.ascending, ir.getInt64Ty()), field(2));
  }
  static_assert(sizeof(TlList) == 3 * sizeof(std::int64_t));
  Value *workspace = loadField(frame, offsetof(TlFrame, workspace), ir.getPtrTy());
  Value *out = stackSlot(ir.getPtrTy(), "common");
  llvm::Type *word = ir.getInt64Ty(), *pointer = ir.getPtrTy();
  auto *type = llvm::FunctionType::get(word, {pointer, word, word, pointer, word, pointer}, false);
  Value *found = ir.CreateCall(
      module.getOrInsertFunction("tlIntersect", type),
      {workspace, ir.getInt64(intersections++), ir.getInt64(op.getBound()), lists, ir.getInt64(count), out});
  emitRows(op.getBody().front(), {{ir.CreateLoad(pointer, out)}, {nullptr}, ir.getInt64(0), found});
  ir.CreateBr(after);
  after->moveAfter(ir.GetInsertBlock());
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

/// A row outside a known bound is dropped, like writing outside a tensor; an integer that no cell holds is
/// refused.
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
  llvm::BasicBlock *inside = block("insert.inside"), *refuse = block("insert.refuse"),
                   *fits = block("insert.fits"), *after = block("inserted");
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
                {relation.sink, ir.CreateTrunc(cells[0], ir.getInt32Ty()),
                 ir.CreateTrunc(cells[1], ir.getInt32Ty())});
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

} // namespace tl::backend::cpu
