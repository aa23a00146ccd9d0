// tile.contract: tiles of both sides stream through shared memory, each thread sums a square of the result.
#include "backend/cuda/lower/Contraction.h"

#include "backend/cuda/lower/TileEmitter.h"
#include "ir/tl/TlTypes.h"
#include "runtime/core/Shape.h"

#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/Module.h"

namespace tl::backend::cuda {

using llvm::Value;

namespace {

constexpr unsigned kSharedMemory = 3;
/// The side of a thread's square of elements.
constexpr std::int64_t kSide = 4;
/// Elements after each row of a tile in shared memory, so that threads in a column meet in different banks.
constexpr std::int64_t kPadding = 4;

/// The value of a linear expression where every input is 0 but `input`, which is 1; symbols follow
/// dimensions.
std::int64_t valueAt(mlir::AffineExpr expression, unsigned dimensions, int input) {
  if (auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expression))
    return constant.getValue();
  if (auto index = mlir::dyn_cast<mlir::AffineDimExpr>(expression))
    return static_cast<int>(index.getPosition()) == input;
  if (auto position = mlir::dyn_cast<mlir::AffineSymbolExpr>(expression))
    return static_cast<int>(dimensions + position.getPosition()) == input;
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(expression);
  const std::int64_t lhs = valueAt(binary.getLHS(), dimensions, input),
                     rhs = valueAt(binary.getRHS(), dimensions, input);
  return binary.getKind() == mlir::AffineExprKind::Add ? lhs + rhs : lhs * rhs;
}

/// Steps in memory of every input of a map, and the place where all of them are 0.
llvm::SmallVector<std::int64_t> stepsOf(mlir::AffineMap map, mlir::Type tensor, std::int64_t &base) {
  const std::vector<std::int64_t> strides =
      runtime::rowMajorStrides(runtime::Shape(ir::denseType(tensor).getShape()));
  llvm::SmallVector<std::int64_t> steps(map.getNumInputs(), 0);
  for (auto [coordinate, stride] : llvm::zip_equal(map.getResults(), strides)) {
    const std::int64_t first = valueAt(coordinate, map.getNumDims(), -1);
    base += first * stride;
    for (auto [input, step] : llvm::enumerate(steps))
      step += (valueAt(coordinate, map.getNumDims(), static_cast<int>(input)) - first) * stride;
  }
  return steps;
}

Kind kindOf(const std::array<bool, 3> &isIn) {
  return !isIn[2] ? Depth : isIn[0] && isIn[1] ? Batch : isIn[0] ? Row : Column;
}

/// Appends an index, or widens the last one when the two are one run in every tensor.
void append(llvm::SmallVector<ContractedIndex> &indices, const ContractedIndex &index) {
  if (indices.empty() || !llvm::all_of(llvm::seq(3), [&](int side) {
        return indices.back().steps[side] == index.steps[side] * index.extent;
      })) {
    indices.push_back(index);
    return;
  }
  indices.back() = {indices.back().extent * index.extent, index.steps};
}

} // namespace

ContractionLayout contractionLayout(llvm::ArrayRef<std::int64_t> extents, mlir::ArrayAttr maps,
                                    mlir::TypeRange tensors) {
  ContractionLayout layout;
  std::array<llvm::SmallVector<std::int64_t>, 3> steps;
  std::array<mlir::AffineMap, 3> given;
  for (unsigned side = 0; side < 3; ++side) {
    given[side] = mlir::cast<mlir::AffineMapAttr>(maps[side]).getValue();
    steps[side] = stepsOf(given[side], tensors[side], layout.base[side]);
    layout.perPosition[side].append(steps[side].begin() + static_cast<std::ptrdiff_t>(extents.size()),
                                    steps[side].end());
  }
  for (unsigned number = 0; number < extents.size(); ++number) {
    std::array<bool, 3> isIn{};
    ContractedIndex index = {extents[number], {steps[0][number], steps[1][number], steps[2][number]}};
    for (unsigned side = 0; side < 3; ++side)
      isIn[side] = llvm::any_of(given[side].getResults(), [&](mlir::AffineExpr coordinate) {
        return coordinate.isFunctionOfDim(number);
      });
    const Kind kind = kindOf(isIn);
    layout.counts[kind] *= index.extent;
    append(layout.indices[kind], index);
  }
  return layout;
}

/// What the code of one contraction refers to.
struct TileEmitter::Contraction {
  ContractionLayout layout;
  std::int64_t rows = 0, columns = 0, depth = 0, slots = 0; ///< of a tile
  std::int64_t threads = 0;
  llvm::Type *type = nullptr;
  Value *pointers[3];              ///< to the first element of the batch in each tensor
  Value *corner[2];                ///< the first row and the first column of the tile
  Value *shared[2];                ///< tiles of both sides, in slots
  llvm::SmallVector<Value *> sums; ///< stack slots, row by row

  std::int64_t width(unsigned side) const { return side == 0 ? rows : columns; }
  std::int64_t pitch(unsigned side) const { return width(side) + kPadding; }
  unsigned elementBytes() const { return type->getPrimitiveSizeInBits() / 8; }
};

/// Where the elements numbered `number` among the indices of `kind` lie, in elements.
Value *TileEmitter::placed(const Contraction &part, unsigned kind, unsigned side, Value *number) {
  Value *total = ir.getInt64(0);
  Value *rest = number;
  const llvm::SmallVector<ContractedIndex> &indices = part.layout.indices[kind];
  for (std::size_t position = indices.size(); position-- > 0;) {
    const ContractedIndex &index = indices[position];
    Value *extent = ir.getInt64(static_cast<std::uint64_t>(index.extent));
    Value *digit = position == 0 ? rest : ir.CreateURem(rest, extent);
    rest = position == 0 ? rest : ir.CreateUDiv(rest, extent);
    total =
        ir.CreateAdd(total, ir.CreateMul(digit, ir.getInt64(static_cast<std::uint64_t>(index.steps[side]))));
  }
  return total;
}

TileEmitter::Contraction TileEmitter::contractionOf(tile::ContractOp op) {
  const mlir::Value tensors[] = {op.getLhs(), op.getRhs(), op.getDest()};
  Contraction part;
  part.layout = contractionLayout(op.getExtents(), op.getMaps(), mlir::ValueRange(tensors).getTypes());
  part.rows = op.getTile()[0], part.columns = op.getTile()[1], part.depth = op.getTile()[2];
  part.slots = static_cast<std::int64_t>(op.getSlots());
  part.threads = team;
  part.type = scalars.memoryType(ir::denseType(op.getDest().getType()).getElementType());
  auto whole = [&](std::int64_t value) { return ir.getInt64(static_cast<std::uint64_t>(value)); };
  for (unsigned side = 0; side < 3; ++side) {
    Value *first = whole(part.layout.base[side]);
    for (auto [position, step] : llvm::zip_equal(op.getPositions(), part.layout.perPosition[side]))
      first = ir.CreateAdd(first, ir.CreateMul(values.at(position), whole(step)));
    first = ir.CreateAdd(first, placed(part, Batch, side, values.at(op.getBatch())));
    part.pointers[side] = elementPointer(dense.at(tensors[side]).elements, part.type, first);
  }
  part.corner[0] = ir.CreateMul(values.at(op.getRow()), whole(part.rows));
  part.corner[1] = ir.CreateMul(values.at(op.getColumn()), whole(part.columns));
  for (unsigned side = 0; side < 2; ++side)
    part.shared[side] = sharedTiles(part, side);
  return part;
}

Value *TileEmitter::sharedTiles(const Contraction &part, unsigned side) {
  const std::int64_t elements = part.slots * part.depth * part.pitch(side);
  auto *type = llvm::ArrayType::get(part.type, static_cast<std::uint64_t>(elements));
  auto *array = new llvm::GlobalVariable(module, type, false, llvm::GlobalValue::InternalLinkage,
                                         llvm::UndefValue::get(type),
                                         kernel.getSymName() + (side == 0 ? ".left" : ".right"), nullptr,
                                         llvm::GlobalValue::NotThreadLocal, kSharedMemory);
  array->setAlignment(llvm::Align(16));
  return array;
}

/// The channel: step s goes through slot s modulo the slots. Pieces are copied as far ahead as there are
/// slots. Each step, and each that would be past the end, commits one group of copies, so that counting
/// groups counts steps.
void TileEmitter::emitContract(tile::ContractOp op) {
  Contraction part = contractionOf(op);
  for (std::int64_t element = 0; element < kSide * kSide; ++element) {
    part.sums.push_back(stackSlot(part.type, "sum"));
    ir.CreateStore(llvm::ConstantFP::get(part.type, 0), part.sums.back());
  }
  const std::int64_t steps = (part.layout.counts[Depth] + part.depth - 1) / part.depth,
                     ahead = part.slots - 1;
  auto whole = [&](std::int64_t value) { return ir.getInt64(static_cast<std::uint64_t>(value)); };
  auto slotOf = [&](Value *step) { return ir.CreateURem(step, whole(part.slots)); };
  auto commit = [&] {
    ir.CreateIntrinsic(llvm::Intrinsic::nvvm_cp_async_commit_group, llvm::ArrayRef<llvm::Type *>(),
                       llvm::ArrayRef<Value *>());
  };
  for (std::int64_t step = 0; step < ahead; ++step) {
    if (step < steps)
      emitCopies(part, whole(step), whole(step));
    commit();
  }
  emitLoop(ir.getInt64(0), steps, 1, [&](Value *step) {
    Value *next = ir.CreateAdd(step, whole(ahead));
    emitGuarded(ir.CreateICmpULT(next, whole(steps)), [&] { emitCopies(part, next, slotOf(next)); });
    commit();
    ir.CreateIntrinsic(llvm::Intrinsic::nvvm_cp_async_wait_group, llvm::ArrayRef<llvm::Type *>(),
                       {ir.getInt32(static_cast<std::uint32_t>(ahead))});
    emitBarrier(); // what every thread has copied is there for all
    emitProducts(part, slotOf(step));
    emitBarrier(); // before the slot is copied into again
  });
  emitSums(part);
}

void TileEmitter::emitCopies(const Contraction &part, Value *step, Value *slot) {
  for (unsigned side = 0; side < 2; ++side) {
    const std::int64_t turns = (part.width(side) * part.depth + part.threads - 1) / part.threads;
    for (std::int64_t turn = 0; turn < turns; ++turn)
      emitCopy(part, side, static_cast<unsigned>(turn), step, slot);
  }
}

/// One element of a tile: threads that are neighbours copy neighbours in memory, along depth or across it.
void TileEmitter::emitCopy(const Contraction &part, unsigned side, unsigned turn, Value *step, Value *slot) {
  const Kind across = side == 0 ? Row : Column;
  auto whole = [&](std::int64_t value) { return ir.getInt64(static_cast<std::uint64_t>(value)); };
  Value *element = ir.CreateAdd(ir.CreateZExt(thread, ir.getInt64Ty()), whole(turn * part.threads));
  const llvm::SmallVector<ContractedIndex> &deep = part.layout.indices[Depth];
  const bool isAlongDepth = !deep.empty() && deep.back().steps[side] == 1;
  Value *fast = whole(isAlongDepth ? part.depth : part.width(side));
  Value *low = ir.CreateURem(element, fast), *high = ir.CreateUDiv(element, fast);
  Value *depth = isAlongDepth ? low : high, *line = isAlongDepth ? high : low;
  Value *place =
      ir.CreateMul(ir.CreateAdd(ir.CreateMul(slot, whole(part.depth)), depth), whole(part.pitch(side)));
  Value *to = ir.CreateInBoundsGEP(part.type, part.shared[side], ir.CreateAdd(place, line));
  Value *lineNumber = ir.CreateAdd(part.corner[side], line);
  Value *depthNumber = ir.CreateAdd(ir.CreateMul(step, whole(part.depth)), depth);
  Value *isInside = ir.CreateAnd(ir.CreateICmpULT(lineNumber, whole(part.layout.counts[across])),
                                 ir.CreateICmpULT(depthNumber, whole(part.layout.counts[Depth])));
  auto *copy = block("copy"), *clear = block("clear"), *after = block("after.copy");
  ir.CreateCondBr(isInside, copy, clear);
  ir.SetInsertPoint(copy);
  Value *from = elementPointer(
      part.pointers[side], part.type,
      ir.CreateAdd(placed(part, across, side, lineNumber), placed(part, Depth, side, depthNumber)));
  const bool isWide = part.elementBytes() == 8;
  ir.CreateIntrinsic(isWide ? llvm::Intrinsic::nvvm_cp_async_ca_shared_global_8
                            : llvm::Intrinsic::nvvm_cp_async_ca_shared_global_4,
                     llvm::ArrayRef<llvm::Type *>(), {to, from});
  ir.CreateBr(after);
  // Past the end of depth a product has to be 0; past the last row or column it goes nowhere.
  ir.SetInsertPoint(clear);
  ir.CreateStore(llvm::ConstantFP::get(part.type, 0), to);
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

/// The square of each thread, one step of depth after the other.
void TileEmitter::emitProducts(const Contraction &part, Value *slot) {
  auto whole = [&](std::int64_t value) { return ir.getInt64(static_cast<std::uint64_t>(value)); };
  Value *me = ir.CreateZExt(thread, ir.getInt64Ty());
  const std::int64_t across = part.columns / kSide;
  Value *corners[2] = {ir.CreateMul(ir.CreateUDiv(me, whole(across)), whole(kSide)),
                       ir.CreateMul(ir.CreateURem(me, whole(across)), whole(kSide))};
  auto *line = llvm::FixedVectorType::get(part.type, kSide);
  for (std::int64_t deep = 0; deep < part.depth; ++deep) {
    Value *lines[2];
    for (unsigned side = 0; side < 2; ++side) {
      Value *row = ir.CreateMul(ir.CreateAdd(ir.CreateMul(slot, whole(part.depth)), whole(deep)),
                                whole(part.pitch(side)));
      Value *from = ir.CreateInBoundsGEP(part.type, part.shared[side], ir.CreateAdd(row, corners[side]));
      lines[side] = ir.CreateAlignedLoad(line, from, llvm::Align(16));
    }
    for (std::int64_t row = 0; row < kSide; ++row)
      for (std::int64_t column = 0; column < kSide; ++column) {
        Value *sum = part.sums[static_cast<std::size_t>(row * kSide + column)];
        Value *left = ir.CreateExtractElement(lines[0], static_cast<std::uint64_t>(row));
        Value *right = ir.CreateExtractElement(lines[1], static_cast<std::uint64_t>(column));
        ir.CreateStore(ir.CreateIntrinsic(llvm::Intrinsic::fma, {part.type},
                                          {left, right, ir.CreateLoad(part.type, sum)}),
                       sum);
      }
  }
}

void TileEmitter::emitSums(const Contraction &part) {
  auto whole = [&](std::int64_t value) { return ir.getInt64(static_cast<std::uint64_t>(value)); };
  Value *me = ir.CreateZExt(thread, ir.getInt64Ty());
  const std::int64_t across = part.columns / kSide;
  Value *firstRow =
      ir.CreateAdd(part.corner[0], ir.CreateMul(ir.CreateUDiv(me, whole(across)), whole(kSide)));
  Value *firstColumn =
      ir.CreateAdd(part.corner[1], ir.CreateMul(ir.CreateURem(me, whole(across)), whole(kSide)));
  for (std::int64_t element = 0; element < kSide * kSide; ++element) {
    Value *row = ir.CreateAdd(firstRow, whole(element / kSide)),
          *column = ir.CreateAdd(firstColumn, whole(element % kSide));
    Value *isInside = ir.CreateAnd(ir.CreateICmpULT(row, whole(part.layout.counts[Row])),
                                   ir.CreateICmpULT(column, whole(part.layout.counts[Column])));
    emitGuarded(isInside, [&] {
      Value *to = elementPointer(part.pointers[2], part.type,
                                 ir.CreateAdd(placed(part, Row, 2, row), placed(part, Column, 2, column)));
      Value *sum = ir.CreateLoad(part.type, part.sums[static_cast<std::size_t>(element)]);
      ir.CreateStore(ir.CreateFAdd(ir.CreateLoad(part.type, to), sum), to);
    });
  }
}

} // namespace tl::backend::cuda
