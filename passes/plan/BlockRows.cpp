// Runs chains of ops for some rows at a time, so that what they hand on stays in the cache.
#include "passes/Passes.h"
#include "passes/plan/Elementwise.h"
#include "passes/plan/KernelLoops.h"
#include "passes/plan/RowChains.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

#include <algorithm>

namespace tl::passes {

#define GEN_PASS_DEF_BLOCKROWS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// How the rows of a chain are cut: one position at a time of the first `single` axes, `block` positions of
/// the next.
struct Cut {
  std::size_t single = 0;
  std::int64_t block = 1;
};

/// The largest block that leaves no rest, unless that is small; else blocks as even as they can be.
std::int64_t blockOf(std::int64_t extent, std::int64_t most) {
  for (std::int64_t block = most; 2 * block > most; --block)
    if (extent % block == 0)
      return block;
  const std::int64_t count = (extent + most - 1) / most;
  return (extent + count - 1) / count;
}

/// As many rows as fit a block. A chain of which all rows do is not cut.
std::optional<Cut> cutOf(const RowChain &chain, const RowBlocks &blocks) {
  if (chain.bytes < 2 * blocks.bytes)
    return std::nullopt;
  std::int64_t bytes = chain.bytes;
  for (std::size_t axis = 0; axis < chain.rows.size(); ++axis) {
    const std::int64_t extent = chain.rows[axis].extent, row = std::max<std::int64_t>(1, bytes / extent);
    if (row * blocks.leastRows > blocks.bytes && axis + 1 < chain.rows.size()) {
      bytes = row;
      continue;
    }
    const std::int64_t most = std::max(blocks.leastRows, blocks.bytes / row);
    if (most >= extent && axis == 0)
      return std::nullopt;
    return Cut{axis, blockOf(extent, std::min(most, extent))};
  }
  return std::nullopt;
}

/// The rows that one copy of a chain computes: a position of each single axis, and from `first + block *
/// step` on.
struct Rows {
  SmallVector<Value> positions; ///< of the single axes
  Value step;
  std::int64_t first = 0, block = 0;
};

/// Writes the ops of a chain for a block of rows.
class BlockWriter {
public:
  BlockWriter(const RowChain &chain, const Cut &cut, const Rows &rows, bool fillsWhole, OpBuilder &builder)
      : chain(chain), cut(cut), rows(rows), fillsWhole(fillsWhole), builder(builder) {}

  /// The destination `dest` with the rows of the block combined into it.
  Value write(Value dest) {
    Value from;
    for (number = 0; number < chain.ops.size(); ++number) {
      Operation *op = chain.ops[number];
      const bool isLast = number + 1 == chain.ops.size();
      if (auto normalize = dyn_cast<ir::NormalizeOp>(op))
        from = writeNormalize(normalize, from);
      else
        from = writeComprehension(cast<ir::ComprehensionOpInterface>(op), from, isLast ? dest : Value());
    }
    return from;
  }

private:
  /// The shape of the result of op `number` without the single axes, and with a block of the next.
  Type blockType(Type type) const {
    RankedTensorType dense = ir::denseType(type);
    SmallVector<std::int64_t> shape;
    for (auto [axis, extent] : llvm::enumerate(dense.getShape()))
      if (!isSingle(static_cast<unsigned>(axis)))
        shape.push_back(isBlocked(number, static_cast<unsigned>(axis)) ? rows.block : extent);
    auto shrunk = RankedTensorType::get(shape, dense.getElementType());
    return ir::isPartial(type) ? Type(ir::PartialType::get(type.getContext(), shrunk)) : Type(shrunk);
  }

  bool isSingle(unsigned axis) const { return isSingle(number, axis); }
  bool isSingle(std::size_t op, unsigned axis) const {
    return llvm::any_of(ArrayRef(chain.rows).take_front(cut.single),
                        [&](const RowAxis &row) { return row.axes[op] == axis; });
  }
  bool isBlocked(std::size_t op, unsigned axis) const { return chain.rows[cut.single].axes[op] == axis; }

  Value writeNormalize(ir::NormalizeOp op, Value from) {
    SmallVector<std::int64_t> along;
    for (std::int64_t axis : op.getAlong()) {
      std::int64_t kept = axis;
      for (const RowAxis &row : ArrayRef(chain.rows).take_front(cut.single))
        kept -= row.axes[number] < axis;
      along.push_back(kept);
    }
    return ir::NormalizeOp::create(builder, op.getLoc(), blockType(op.getNormalized().getType()),
                                   op.getKind(), from, along, op.getParameters());
  }

  Value writeComprehension(ir::ComprehensionOpInterface op, Value from, Value dest) {
    if (!dest) {
      auto empty = op.getDest().getDefiningOp<ir::EmptyOp>();
      dest = ir::EmptyOp::create(builder, empty.getLoc(), blockType(empty.getTensor().getType()),
                                 empty.getMonoid());
      isInner = true;
    } else {
      isInner = false;
    }
    input = from;
    // A contraction in place of a map: rows at a position are more than a map promises.
    auto contract = ir::ContractOp::create(builder, op.getLoc(), op.getMonoid(), dest);
    if (!isInner && fillsWhole)
      contract->setAttr(kFreshRows, builder.getUnitAttr());
    OpBuilder inside = OpBuilder::atBlockEnd(&contract.getBody().emplaceBlock());
    IRMapping mapping;
    for (auto [row, position] : llvm::zip(chain.rows, rows.positions))
      if (row.variables[number])
        mapping.map(row.variables[number], position);
    blocked = chain.rows[cut.single].variables[number];
    copyBlock(inside, op.getBody().front(), mapping);
    return contract.getCombined();
  }

  void copyBlock(OpBuilder &inside, Block &body, IRMapping &mapping) {
    for (Operation &op : body) {
      if (auto variable = dyn_cast<ir::IndexOp>(op))
        copyVariable(inside, variable, mapping);
      else if (auto at = dyn_cast<ir::AtOp>(op))
        copyAt(inside, at, mapping);
      else if (auto cast = dyn_cast<ir::CastOp>(op); cast && cast.getOperand() == blocked)
        mapping.map(cast.getResult(), positionOf(inside, cast, mapping));
      else if (auto yield = dyn_cast<ir::YieldOp>(op); yield && yield.getMap())
        copyYield(inside, yield, mapping);
      else if (auto project = dyn_cast<ir::ProjectOp>(op))
        copyProject(inside, project, mapping);
      else
        inside.clone(op, mapping);
    }
  }

  void copyProject(OpBuilder &inside, ir::ProjectOp project, IRMapping &mapping) {
    auto copy =
        ir::ProjectOp::create(inside, project.getLoc(), project.getValue().getType(), project.getKind());
    OpBuilder nested = OpBuilder::atBlockEnd(&copy.getBody().emplaceBlock());
    copyBlock(nested, project.getBody().front(), mapping);
    mapping.map(project.getValue(), copy.getValue());
  }

  void copyVariable(OpBuilder &inside, ir::IndexOp variable, IRMapping &mapping) {
    if (mapping.contains(variable.getResult()))
      return;
    auto copy = cast<ir::IndexOp>(inside.clone(*variable, mapping));
    if (variable.getResult() == blocked)
      copy.setUpperAttr(inside.getI64IntegerAttr(rows.block));
  }

  /// The tensor of the op before has only the rows of the block, any other all rows.
  void copyAt(OpBuilder &inside, ir::AtOp at, IRMapping &mapping) {
    const bool isOwn = number > 0 && at.getTensor() == resultOf(chain.ops[number - 1]);
    auto [map, indices] = isOwn ? withinBlock(at.getMap(), at.getIndices(), number - 1, mapping)
                                : withinWhole(at.getMap(), at.getIndices(), mapping);
    Value tensor = isOwn ? input : at.getTensor();
    mapping.map(at.getElement(), ir::AtOp::create(inside, at.getLoc(), at.getElement().getType(), tensor,
                                                  indices, map, at.getDefaulted())
                                     .getElement());
  }

  void copyYield(OpBuilder &inside, ir::YieldOp yield, IRMapping &mapping) {
    Value value = mapping.lookupOrDefault(yield.getValue());
    const bool isPosition = yield->getParentOp() != chain.ops[number];
    if (isPosition) {
      inside.clone(*yield, mapping);
      return;
    }
    auto [map, indices] = isInner ? withinBlock(*yield.getMap(), yield.getIndices(), number, mapping)
                                  : withinWhole(*yield.getMap(), yield.getIndices(), mapping);
    ir::YieldOp::create(inside, yield.getLoc(), value, indices, AffineMapAttr::get(map));
  }

  using PlaceCopy = std::pair<AffineMap, SmallVector<Value>>;

  PlaceCopy withinBlock(AffineMap map, OperandRange indices, std::size_t op, IRMapping &mapping) const {
    SmallVector<AffineExpr> kept;
    for (auto [axis, coordinate] : llvm::enumerate(map.getResults()))
      if (!isSingle(op, static_cast<unsigned>(axis)))
        kept.push_back(coordinate);
    SmallVector<Value> operands =
        llvm::map_to_vector(indices, [&](Value index) { return mapping.lookupOrDefault(index); });
    return withoutUnused(AffineMap::get(map.getNumDims(), 0, kept, map.getContext()), operands);
  }

  /// A row of the block is row first + block * step + r of the whole.
  PlaceCopy withinWhole(AffineMap map, OperandRange indices, IRMapping &mapping) const {
    SmallVector<Value> operands =
        llvm::map_to_vector(indices, [&](Value index) { return mapping.lookupOrDefault(index); });
    SmallVector<AffineExpr> replacements;
    AffineExpr step = getAffineDimExpr(map.getNumDims(), map.getContext());
    for (auto [dimension, index] : llvm::enumerate(indices)) {
      AffineExpr expression = getAffineDimExpr(static_cast<unsigned>(dimension), map.getContext());
      replacements.push_back(index == blocked ? expression + step * rows.block + rows.first : expression);
    }
    operands.push_back(rows.step);
    return withoutUnused(map.replaceDimsAndSymbols(replacements, {}, map.getNumDims() + 1, 0), operands);
  }

  static PlaceCopy withoutUnused(AffineMap map, ArrayRef<Value> operands) {
    llvm::SmallBitVector unused = getUnusedDimsBitVector({map});
    SmallVector<Value> used;
    for (auto [dimension, operand] : llvm::enumerate(operands))
      if (!unused[dimension])
        used.push_back(operand);
    return {compressDims(map, unused), used};
  }

  Value positionOf(OpBuilder &inside, ir::CastOp cast, IRMapping &mapping) {
    Location location = cast.getLoc();
    Type integer = inside.getI64Type(), wanted = cast.getResult().getType();
    auto apply = [&](StringRef primitive, Value lhs, std::int64_t rhs) -> Value {
      Value number = ir::NumberOp::create(inside, location, integer, inside.getI64IntegerAttr(rhs));
      return ir::ApplyOp::create(inside, location, integer, primitive, ValueRange{lhs, number});
    };
    Value step = ir::CastOp::create(inside, location, integer, rows.step);
    Value row = ir::CastOp::create(inside, location, integer, mapping.lookup(blocked));
    Value start = apply("add", apply("mul", step, rows.block), rows.first);
    Value whole = ir::ApplyOp::create(inside, location, integer, "add", ValueRange{start, row});
    return wanted == integer ? whole : ir::CastOp::create(inside, location, wanted, whole).getResult();
  }

  const RowChain &chain;
  const Cut &cut;
  const Rows &rows;
  const bool fillsWhole; ///< the last op writes every element of its new tensor once
  OpBuilder &builder;
  std::size_t number = 0; ///< of the op that is written
  bool isInner = false;   ///< its result stays in the block
  Value input, blocked;
};

/// t = f x; u = g t; y = h u  ==  for each block of rows { t' = f x; u' = g t'; y[rows] = h u' }, when row r
/// of each depends on row r of the one before only: nothing is computed twice, and t' and u' are as large as
/// a cache.
class Blocking {
public:
  Blocking(const RowChain &chain, const Cut &cut) : chain(chain), cut(cut), builder(chain.ops.back()) {}

  void run() {
    auto last = cast<ir::ComprehensionOpInterface>(chain.ops.back());
    fillsWhole = elementsOf(last).has_value();
    if (fillsWhole)
      last.getDest().getDefiningOp()->setAttr(kFilled, builder.getUnitAttr());
    Rows rows;
    Value whole = writeAxis(0, last.getDest(), rows);
    last.getCombined().replaceAllUsesWith(whole);
    for (Operation *op : llvm::reverse(chain.ops)) {
      auto comprehension = dyn_cast<ir::ComprehensionOpInterface>(op);
      Operation *empty =
          comprehension && op != last.getOperation() ? comprehension.getDest().getDefiningOp() : nullptr;
      op->erase();
      if (empty)
        empty->erase();
    }
  }

private:
  Value writeAxis(std::size_t axis, Value dest, Rows &rows) {
    const std::int64_t extent = chain.rows[axis].extent;
    if (axis < cut.single)
      return scan(0, extent, dest, [&](Value position, Value carried) {
        rows.positions.push_back(position);
        Value result = writeAxis(axis + 1, carried, rows);
        rows.positions.pop_back();
        return result;
      });
    const std::int64_t blocks = extent / cut.block, rest = extent % cut.block;
    Value done = writeBlocks(blocks, {rows.positions, Value(), 0, cut.block}, dest);
    return rest == 0 ? done : writeBlocks(1, {rows.positions, Value(), blocks * cut.block, rest}, done);
  }

  Value writeBlocks(std::int64_t count, Rows rows, Value dest) {
    return scan(0, count, dest, [&](Value step, Value carried) {
      rows.step = step;
      return BlockWriter(chain, cut, rows, fillsWhole, builder).write(carried);
    });
  }

  Value scan(std::int64_t begin, std::int64_t end, Value dest, llvm::function_ref<Value(Value, Value)> step) {
    Location location = chain.ops.back()->getLoc();
    auto op = ir::ScanOp::create(builder, location, TypeRange(dest.getType()), builder.getStringAttr("rows"),
                                 builder.getI64IntegerAttr(begin), builder.getI64IntegerAttr(end), UnitAttr(),
                                 ValueRange{dest}, ArrayAttr());
    Block &body = op.getBody().emplaceBlock();
    Value position = body.addArgument(builder.getIndexType(), location);
    Value carried = body.addArgument(dest.getType(), location);
    OpBuilder::InsertionGuard after(builder);
    builder.setInsertionPointToEnd(&body);
    ir::NextOp::create(builder, location, ValueRange{step(position, carried)});
    return op.getResult(0);
  }

  const RowChain &chain;
  const Cut &cut;
  bool fillsWhole = false; ///< the last op writes every element of its new tensor once
  OpBuilder builder;
};

/// A map that copies `from`; its body's variables are `variables`.
ir::MapOp createCopy(OpBuilder &builder, Location location, Value from, SmallVectorImpl<Value> &variables) {
  auto type = cast<RankedTensorType>(from.getType());
  auto empty = ir::EmptyOp::create(builder, location, type, ir::Monoid::Add);
  auto map = ir::MapOp::create(builder, location, ir::Monoid::Add, empty.getTensor());
  OpBuilder inside = OpBuilder::atBlockEnd(&map.getBody().emplaceBlock());
  for (auto [axis, extent] : llvm::enumerate(type.getShape()))
    variables.push_back(ir::IndexOp::create(inside, location, inside.getIndexType(),
                                            inside.getStringAttr("i" + Twine(axis)),
                                            inside.getI64IntegerAttr(0), inside.getI64IntegerAttr(extent)));
  AffineMap identity = inside.getMultiDimIdentityMap(static_cast<unsigned>(variables.size()));
  Value element = ir::AtOp::create(inside, location, type.getElementType(), from, variables, identity, false);
  ir::YieldOp::create(inside, location, element, variables, AffineMapAttr::get(identity));
  return map;
}

/// A chain that ends in a normalisation, whose result is a tensor of its own, ends in a copy of it.
void endInMap(RowChain &chain) {
  auto normalize = dyn_cast<ir::NormalizeOp>(chain.ops.back());
  if (!normalize)
    return;
  OpBuilder builder(normalize->getBlock(), std::next(Block::iterator(normalize)));
  SmallVector<Value> variables;
  Value result = normalize.getNormalized();
  ir::MapOp map = createCopy(builder, normalize.getLoc(), result, variables);
  result.replaceUsesWithIf(map.getCombined(),
                           [&](OpOperand &use) { return !map->isAncestor(use.getOwner()); });
  chain.ops.push_back(map);
  for (RowAxis &row : chain.rows) {
    row.variables.push_back(variables[row.axes.back()]);
    row.axes.push_back(row.axes.back());
  }
}

/// Normalisations of tensors that are too large for a cache, and whose result one equation reads, begin with
/// a copy, which a chain may begin with. Those copies that no chain took are taken back.
class Copies {
public:
  Copies(Block &block, const RowBlocks &blocks) {
    for (ir::NormalizeOp normalize : llvm::make_early_inc_range(block.getOps<ir::NormalizeOp>()))
      if (isWorthwhile(normalize, blocks))
        add(normalize);
  }

  void take(Operation *first) { taken.insert(first); }

  void removeRest() {
    for (auto [map, normalize, from] : copies) {
      if (taken.contains(map))
        continue;
      normalize->setOperand(0, from);
      Operation *empty = cast<ir::MapOp>(map).getDest().getDefiningOp();
      map->erase();
      empty->erase();
    }
  }

private:
  struct Copy {
    Operation *map, *normalize;
    Value from;
  };

  static bool isWorthwhile(ir::NormalizeOp normalize, const RowBlocks &blocks) {
    Value from = normalize.getTensor();
    auto type = dyn_cast<RankedTensorType>(from.getType());
    const bool isRead = llvm::all_of(normalize.getNormalized().getUsers(),
                                     [](Operation *user) { return isa<ir::AtOp>(user); });
    return type && isa<FloatType>(type.getElementType()) && !ir::isOrdered(normalize.getKind()) &&
           type.getElementType() == ir::denseType(normalize.getNormalized().getType()).getElementType() &&
           type.getNumElements() * 4 >= 2 * blocks.bytes && isRead && !normalize->use_empty() &&
           !isa_and_nonnull<ir::ContractOp, ir::MapOp>(from.getDefiningOp());
  }

  void add(ir::NormalizeOp normalize) {
    OpBuilder builder(normalize);
    SmallVector<Value> variables;
    Value from = normalize.getTensor();
    ir::MapOp map = createCopy(builder, normalize.getLoc(), from, variables);
    normalize->setOperand(0, map.getCombined());
    copies.push_back({map, normalize, from});
  }

  SmallVector<Copy> copies;
  llvm::SmallPtrSet<Operation *, 4> taken;
};

class BlockRows : public impl::BlockRowsBase<BlockRows> {
public:
  using BlockRowsBase::BlockRowsBase;

  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation().walk([&](Operation *op) {
      if (isa<ir::ProgramOp, ir::ScanOp>(op))
        blocks.push_back(&op->getRegion(0).front());
    });
    const RowBlocks size = {blockBytes, leastRows};
    for (Block *block : blocks) {
      Copies copies(*block, size);
      for (RowChain &chain : rowChainsOf(*block, size))
        if (std::optional<Cut> cut = cutOf(chain, size)) {
          copies.take(chain.ops.front());
          endInMap(chain);
          Blocking(chain, *cut).run();
        }
      copies.removeRest();
    }
  }
};

} // namespace

} // namespace tl::passes
