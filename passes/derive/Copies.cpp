// New equations from the declarations of forward ones.
#include "passes/derive/Derivation.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

namespace {

/// Whether distinct values of `index` reach distinct places: the promise of tl.map.
bool reachesOnce(ir::YieldOp yield, Value index) {
  return llvm::any_of(yield.getMap()->getResults(), [&](AffineExpr coordinate) {
    if (auto sum = dyn_cast<AffineBinaryOpExpr>(coordinate))
      if (sum.getKind() == AffineExprKind::Add && isa<AffineConstantExpr>(sum.getRHS()))
        coordinate = sum.getLHS();
    auto dimension = dyn_cast<AffineDimExpr>(coordinate);
    return dimension && yield.getIndices()[dimension.getPosition()] == index;
  });
}

Interval rangeOf(Value index) {
  if (auto variable = index.getDefiningOp<ir::IndexOp>())
    return declaredRange(variable).value_or(kAnyIndex);
  auto argument = dyn_cast<BlockArgument>(index);
  auto scan = argument ? dyn_cast<ir::ScanOp>(argument.getOwner()->getParentOp()) : ir::ScanOp();
  return scan ? Interval{scan.getBeginAttr().getInt(), scan.getEndAttr().getInt() - 1} : kAnyIndex;
}

bool isAlwaysThere(ir::AtOp at) {
  if (at.getDefaulted())
    return true;
  auto type = dyn_cast<RankedTensorType>(at.getTensor().getType());
  SmallVector<Interval> intervals = llvm::map_to_vector(at.getIndices(), rangeOf);
  return type && llvm::all_of(llvm::zip_equal(at.getMap().getResults(), type.getShape()), [&](auto axis) {
           return boundsOf(std::get<0>(axis), intervals).isWithin(positions(std::get<1>(axis)));
         });
}

/// A read that drops exactly the assignments whose contribution falls outside of the destination.
bool dropsLikeYield(ir::AtOp at, ir::YieldOp yield, Type dest) {
  return yield.getMap() && at->getBlock() == yield->getBlock() && at.getTensor().getType() == dest &&
         at.getMap() == *yield.getMap() && llvm::equal(at.getIndices(), yield.getIndices());
}

void removeDead(Block &block, Type dest) {
  auto yield = cast<ir::YieldOp>(block.back());
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    for (Region &region : op.getRegions())
      removeDead(region.front(), dest);
    if (op.getNumResults() != 1 || !op.use_empty())
      continue;
    auto at = dyn_cast<ir::AtOp>(op);
    auto project = dyn_cast<ir::ProjectOp>(op);
    if (isa<ir::NumberOp, ir::ApplyOp, ir::CastOp, ir::TestOp>(op) ||
        (at && (isAlwaysThere(at) || dropsLikeYield(at, yield, dest))) ||
        (project && !dropsWhenEmpty(project.getKind())))
      op.erase();
  }
}

} // namespace

void removeDead(Operation *equation) {
  removeDead(equation->getRegion(0).front(), equation->getOperand(0).getType());
}

SmallVector<Value> EquationCopy::of(ValueRange forward) const {
  return llvm::map_to_vector(forward, [&](Value value) { return of(value); });
}

EquationCopy Derivation::open(ir::Monoid monoid, Value dest, Location place) {
  auto contract = ir::ContractOp::create(builder, place, monoid, dest);
  return {contract, OpBuilder::atBlockEnd(&contract.getBody().emplaceBlock()), IRMapping()};
}

/// The scans around `op` whose reverse is not being written: their steps are assignments of the copy.
void Derivation::declarePositions(EquationCopy &copy, Operation *op) {
  for (auto scan = op->getParentOfType<ir::ScanOp>(); scan; scan = scan->getParentOfType<ir::ScanOp>()) {
    Value position = scan.getBody().front().getArgument(0);
    if (Value here = forwards.lookupOrNull(position))
      copy.copies.map(position, here);
    else
      copy.copies.map(position,
                      ir::IndexOp::create(copy.builder, scan.getLoc(), builder.getIndexType(),
                                          scan.getNameAttr(), scan.getBeginAttr(), scan.getEndAttr()));
  }
}

EquationCopy Derivation::copyOf(ir::ComprehensionOpInterface op, ir::Monoid monoid, Value dest) {
  EquationCopy copy = open(monoid, dest, op.getLoc());
  declarePositions(copy, op);
  copyDeclarations(copy, op.getBody().front());
  return copy;
}

void Derivation::copyDeclarations(EquationCopy &copy, Block &block) {
  OpBuilder::InsertionGuard before(builder);
  builder.setInsertionPoint(copy.equation);
  for (Operation &op : block.without_terminator()) {
    op.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (!ir::isScalar(operand.getType()) && !copy.copies.contains(operand))
          copy.copies.map(operand, forward(operand));
    });
    copy.builder.clone(op, copy.copies);
  }
}

/// Drops what the copy does not need, and makes it a map when that promise holds.
Value Derivation::close(EquationCopy &copy) {
  removeDead(copy.equation);
  auto contract = cast<ir::ContractOp>(copy.equation);
  auto yield = cast<ir::YieldOp>(copy.body().back());
  bool isMap = llvm::all_of(copy.body().getOps<ir::IndexOp>(),
                            [&](ir::IndexOp index) { return reachesOnce(yield, index.getValue()); });
  if (!isMap)
    return contract.getCombined();
  auto map = ir::MapOp::create(builder, contract.getLoc(), contract.getMonoid(), contract.getDest());
  map.getBody().takeBody(contract.getBody());
  contract->erase();
  copy.equation = map;
  return map.getCombined();
}

void Derivation::yield(EquationCopy &copy, Value value, ValueRange indices, AffineMap map) {
  Type element = ir::denseType(copy.equation->getOperand(0).getType()).getElementType();
  value = ScalarBuilder(copy.builder, copy.equation->getLoc()).cast(value, element);
  ir::YieldOp::create(copy.builder, copy.equation->getLoc(), value, indices, AffineMapAttr::get(map));
}

Value Derivation::readAtYield(EquationCopy &copy, Value tensor, ir::YieldOp yield) {
  Type element = ir::denseType(tensor.getType()).getElementType();
  return ir::AtOp::create(copy.builder, yield.getLoc(), element, tensor, copy.of(yield.getIndices()),
                          *yield.getMap());
}

Value Derivation::variant(ir::ComprehensionOpInterface op, ir::Monoid monoid, Value dest,
                          llvm::function_ref<Value(EquationCopy &, Value)> finish) {
  EquationCopy copy = copyOf(op, monoid, dest);
  auto original = cast<ir::YieldOp>(op.getBody().front().back());
  Value value = finish(copy, copy.of(original.getValue()));
  yield(copy, value, copy.of(original.getIndices()), *original.getMap());
  return close(copy);
}

Value Derivation::alongAxes(ir::Monoid monoid, Value dest, ArrayRef<std::int64_t> shape,
                            ArrayRef<AxesRead> sources, ArrayRef<bool> kept, Location place,
                            llvm::function_ref<Value(ScalarBuilder &, ValueRange)> compute) {
  EquationCopy copy = open(monoid, dest, place);
  ScalarBuilder scalars(copy.builder, place);
  SmallVector<Value> all, rest;
  for (auto [axis, extent] : llvm::enumerate(shape)) {
    all.push_back(ir::IndexOp::create(copy.builder, place, builder.getIndexType(),
                                      builder.getStringAttr("i" + Twine(axis)), builder.getI64IntegerAttr(0),
                                      builder.getI64IntegerAttr(extent)));
    if (kept[axis])
      rest.push_back(all.back());
  }
  SmallVector<Value> elements;
  for (const AxesRead &source : sources) {
    ArrayRef<Value> at = source.isKeptOnly ? rest : all;
    elements.push_back(ir::AtOp::create(copy.builder, place,
                                        ir::denseType(source.tensor.getType()).getElementType(),
                                        source.tensor, at, builder.getMultiDimIdentityMap(at.size())));
  }
  Value value = compute(scalars, elements);
  std::size_t rank = ir::rankOf(dest.getType());
  ArrayRef<Value> at = rank == rest.size() && rank != all.size() ? rest : all;
  yield(copy, value, at, builder.getMultiDimIdentityMap(rank));
  return close(copy);
}

} // namespace tl::passes
