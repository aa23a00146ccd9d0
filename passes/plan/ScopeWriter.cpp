// Kernel bodies: the order of conditions, values and results.
#include "passes/plan/ScopeWriter.h"

#include "passes/logic/LiteralVersion.h"
#include "passes/plan/KernelLoops.h"

#include "ir/tl/TlTypes.h"

#include <cassert>

namespace tl::passes {

using namespace mlir;

namespace {

/// The projection that a register accumulates by, for a destination combined by `monoid`.
ir::Projection projectionOf(ir::Monoid monoid) {
  switch (monoid) {
  case ir::Monoid::Add:
    return ir::Projection::Sum;
  case ir::Monoid::Or:
    return ir::Projection::Any;
  case ir::Monoid::Max:
    return ir::Projection::Max;
  case ir::Monoid::Min:
    return ir::Projection::Min;
  case ir::Monoid::Multiply:
    return ir::Projection::Prod;
  case ir::Monoid::Average:
    break;
  }
  llvm_unreachable("averages are split before planning");
}

/// Half floats accumulate in single precision.
Type accumulatorOf(Type element) {
  return element.isF16() || element.isBF16() ? Float32Type::get(element.getContext()) : element;
}

Value convert(OpBuilder &builder, Location location, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return ir::CastOp::create(builder, location, type, value);
}

plan::ReduceOp createReduce(OpBuilder &builder, Location location, Type accumulator, ir::Projection kind) {
  auto reduce = plan::ReduceOp::create(builder, location, accumulator, builder.getI1Type(), kind);
  reduce.getBody().emplaceBlock();
  return reduce;
}

/// Whether nothing was written into the destination before.
bool hasFreshDest(ir::ComprehensionOpInterface op) {
  auto empty = op.getDest().getDefiningOp<ir::EmptyOp>();
  return op->hasAttr(kFreshRows) ||
         (empty && empty.getResult().hasOneUse() && empty->getBlock() == op->getBlock());
}

/// Nothing was written into the destination before, and every element is reached by one iteration of `loops`:
/// each is a range whose variable alone makes up an axis of the result.
bool isFreshResult(const Scope &scope, ir::ComprehensionOpInterface op, ArrayRef<Loop> loops) {
  if (!hasFreshDest(op))
    return false;
  Place place = placeOf(scope.yield());
  return llvm::all_of(loops, [&](const Loop &loop) {
    return std::holds_alternative<unsigned>(loop) &&
           hasOwnAxis(place.map, place.indices, scope.variable(std::get<unsigned>(loop)).getResult());
  });
}

/// The extents that bound the places of a result; none when a column of a relation is unbounded.
SmallVector<std::int64_t> extentsOf(Type type) {
  if (auto relation = dyn_cast<ir::RelationType>(type)) {
    if (llvm::is_contained(relation.getBounds(), -1))
      return {};
    return SmallVector<std::int64_t>(relation.getBounds());
  }
  return SmallVector<std::int64_t>(ir::denseType(type).getShape());
}

} // namespace

ScopeWriter::ScopeWriter(KernelState &kernel, Block &block)
    : kernel(kernel), builder(kernel.builder), scope(block), bound(scope.none()) {}

void ScopeWriter::writeComprehension(ir::ComprehensionOpInterface op) {
  const LoopPlan loops = orderComprehension(scope, op);
  resultExtents = extentsOf(op.getDest().getType());
  hasDenseResult = !ir::isRelation(op.getDest().getType());
  markWalked(loops);
  writeReady();
  open(loops.outer);
  if (ir::isRelation(op.getDest().getType()))
    insert(op);
  else if (loops.accumulates)
    accumulate(op, loops);
  else
    combine(op, loops);
}

void ScopeWriter::accumulate(ir::ComprehensionOpInterface op, const LoopPlan &loops) {
  Location location = op.getLoc();
  // Computed places stand outside the reduction, for what follows it uses them.
  operandsOf(placeOf(scope.yield()).indices);
  llvm::DenseMap<Value, Interval> outside = kernel.intervals;
  Type element = scope.yield().getValue().getType();
  plan::ReduceOp reduce =
      createReduce(builder, location, accumulatorOf(element), projectionOf(op.getMonoid()));
  builder.setInsertionPointToStart(&reduce.getBody().front());
  open(loops.inner);
  Value value = valueOf(scope.yield().getValue());
  value = convert(builder, location, value, accumulatorOf(element));
  plan::ContributeOp::create(builder, location, value, Value());
  builder.setInsertionPointAfter(reduce);
  kernel.intervals = std::move(outside);
  if (dropsWhenEmpty(reduce.getKind()))
    openIf(reduce.getReached(), location);
  store(op, convert(builder, location, reduce.getValue(), element), isFreshResult(scope, op, loops.outer));
}

void ScopeWriter::combine(ir::ComprehensionOpInterface op, const LoopPlan &loops) {
  store(op, valueOf(scope.yield().getValue()), isFreshResult(scope, op, loops.outer));
}

void ScopeWriter::store(ir::ComprehensionOpInterface op, Value value, bool isFresh) {
  Place place = placeOf(scope.yield());
  plan::CombineOp::create(builder, op.getLoc(), op.getMonoid(), value, kernel.arguments.dest(),
                          operandsOf(place.indices), place.map, isFresh, op->hasAttr(kTracked));
}

/// Outside a known bound there is no row. Where the bound is unknown, an integer that no cell can hold is for
/// the insertion to refuse.
void ScopeWriter::insert(ir::ComprehensionOpInterface op) {
  Place place = placeOf(scope.yield());
  SmallVector<Interval> intervals = intervalsOf(place.indices);
  ArrayRef<std::int64_t> bounds = cast<ir::RelationType>(op.getDest().getType()).getBounds();
  for (auto [coordinate, columnBound] : llvm::zip_equal(place.map.getResults(), bounds)) {
    Interval known = boundsOf(coordinate, intervals);
    if (columnBound < 0 || known.isWithin(positions(columnBound)))
      continue;
    Value cell = affine(op.getLoc(), coordinate, operandsOf(coordinate, place.indices));
    openInsideRange(op.getLoc(), cell, known, positions(columnBound));
  }
  plan::InsertOp::create(builder, op.getLoc(), kernel.arguments.dest(), operandsOf(place.indices), place.map);
}

void ScopeWriter::writeReady() {
  for (Check &check : checks) {
    if (check.done || !isSubset(check.needs, bound))
      continue;
    check.done = true;
    Location location = check.cell.getLoc();
    Value argument = affine(location, check.argument, operandsOf(check.argument, check.indices));
    openIf(compare(location, "eq", check.cell, argument), location);
  }
  for (Operation *op : scope.declarations())
    if (isReady(op) && isTest(op))
      write(op);
    else if (auto at = dyn_cast<ir::AtOp>(op);
             at && !at.getDefaulted() && !written.contains(at) && !isReady(at))
      testKnownAxes(at, placeOf(at), ir::denseType(at.getTensor().getType()).getShape());
  if (hasDenseResult)
    testKnownAxes(scope.yield(), placeOf(scope.yield()), resultExtents);
  for (Operation *op : scope.declarations()) {
    auto project = dyn_cast<ir::ProjectOp>(op);
    const bool isNeeded = !op->use_empty() || (project && dropsWhenEmpty(project.getKind()));
    if (isReady(op) && isNeeded)
      write(op);
  }
}

bool ScopeWriter::isReady(Operation *op) const {
  return !written.contains(op) && isSubset(scope.needs(op), bound);
}

bool ScopeWriter::isTest(Operation *op) const {
  if (isa<ir::WhereOp, ir::LiteralOp>(op))
    return true;
  auto at = dyn_cast<ir::AtOp>(op);
  if (!at || at.getDefaulted())
    return false;
  return ir::isPartial(at.getTensor().getType()) || !isInside(at);
}

bool ScopeWriter::canDrop() const {
  return llvm::any_of(scope.declarations(), [&](Operation *op) {
    auto project = dyn_cast<ir::ProjectOp>(op);
    return isTest(op) || (project && dropsWhenEmpty(project.getKind()));
  });
}

void ScopeWriter::write(Operation *op) {
  if (!written.insert(op).second)
    return;
  if (auto where = dyn_cast<ir::WhereOp>(op))
    return writeWhere(where);
  if (auto literal = dyn_cast<ir::LiteralOp>(op))
    return writeLiteral(literal);
  if (auto at = dyn_cast<ir::AtOp>(op))
    return writeAt(at);
  if (auto project = dyn_cast<ir::ProjectOp>(op))
    return writeProject(project);
  if (auto test = dyn_cast<ir::TestOp>(op)) {
    Value probe =
        plan::ProbeOp::create(builder, op->getLoc(), builder.getI1Type(), valueOf(test.getRelation()),
                              operandsOf(test.getIndices()), test.getMap());
    return kernel.values.map(test.getHolds(), probe);
  }
  assert((isa<ir::NumberOp, ir::ApplyOp, ir::CastOp>(op)) && "a variable is used where it has no value");
  for (Value operand : op->getOperands())
    kernel.values.map(operand, valueOf(operand));
  builder.clone(*op, kernel.values);
}

Value ScopeWriter::valueOf(Value outer) {
  if (Value inner = kernel.values.lookupOrNull(outer))
    return inner;
  if (!scope.owns(outer.getDefiningOp()))
    return kernel.arguments.plain(outer);
  write(outer.getDefiningOp());
  return kernel.values.lookup(outer);
}

void ScopeWriter::writeProject(ir::ProjectOp project) {
  // What the projection reads of this scope must be there before the loops of the projection begin.
  project.getBody().walk([&](Operation *nested) {
    for (Value operand : nested->getOperands())
      if (scope.owns(operand.getDefiningOp()))
        valueOf(operand);
  });
  if (writeInline(project))
    return;
  Location location = project.getLoc();
  Type element = project.getValue().getType();
  plan::ReduceOp reduce = createReduce(builder, location, accumulatorOf(element), project.getKind());
  ScopeWriter inner(kernel, project.getBody().front());
  llvm::DenseMap<Value, Interval> outside = kernel.intervals;
  builder.setInsertionPointToStart(&reduce.getBody().front());
  inner.contribute(project);
  builder.setInsertionPointAfter(reduce);
  kernel.intervals = std::move(outside);
  kernel.values.map(project.getValue(), convert(builder, location, reduce.getValue(), element));
  if (dropsWhenEmpty(project.getKind()) && inner.isConditional)
    openIf(reduce.getReached(), location);
}

/// A projection without variables of a term that always has a value is that value.
bool ScopeWriter::writeInline(ir::ProjectOp project) {
  const ir::Projection kind = project.getKind();
  ScopeWriter inner(kernel, project.getBody().front());
  const bool isItself =
      kind != ir::Projection::Count && kind != ir::Projection::ArgMax && kind != ir::Projection::ArgMin;
  if (!isItself || inner.scope.size() != 0 || inner.canDrop())
    return false;
  inner.writeReady();
  kernel.values.map(project.getValue(), inner.valueOf(inner.scope.yield().getValue()));
  return true;
}

/// Where an assignment of argmax or argmin is.
Value ScopeWriter::positionOf(ir::YieldOp yield) {
  if (!yield.getMap())
    return valueOf(scope.variable(0).getResult());
  return affine(yield.getLoc(), yield.getMap()->getResult(0), operandsOf(yield.getIndices()));
}

void ScopeWriter::contribute(ir::ProjectOp project) {
  const LoopPlan loops = orderProjection(scope);
  markWalked(loops);
  writeReady();
  open(loops.outer);
  const bool isArg =
      project.getKind() == ir::Projection::ArgMax || project.getKind() == ir::Projection::ArgMin;
  Value value = valueOf(scope.yield().getValue());
  if (!isArg && project.getKind() != ir::Projection::Count)
    value = convert(builder, project.getLoc(), value, accumulatorOf(value.getType()));
  Value position;
  if (isArg)
    position = positionOf(scope.yield());
  plan::ContributeOp::create(builder, project.getLoc(), value, position);
}

} // namespace tl::passes
