// Kernel bodies: literals that are tested, elements that are loaded, and where they lie.
#include "passes/plan/ScopeWriter.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

/// A comparison that the ranges of the variables imply is no test; one that is tested narrows them.
void ScopeWriter::writeWhere(ir::WhereOp where) {
  std::optional<RangeCondition> range = rangeConditionOf(where);
  if (range && intervalOf(range->index).isWithin(range->interval))
    return;
  openIf(valueOf(where.getCondition()), where.getLoc());
  if (range)
    refine(range->index, range->interval);
}

void ScopeWriter::writeLiteral(ir::LiteralOp literal) {
  Location location = literal.getLoc();
  Value holds = plan::ProbeOp::create(builder, location, builder.getI1Type(), valueOf(literal.getRelation()),
                                      operandsOf(literal.getIndices()), literal.getMap());
  if (literal.getNegated())
    holds = ir::ApplyOp::create(builder, location, builder.getI1Type(), "not", holds);
  openIf(holds, location);
}

void ScopeWriter::writeAt(ir::AtOp at) {
  if (at.getDefaulted())
    return writeDefaultedAt(at);
  Location location = at.getLoc();
  Value tensor = valueOf(at.getTensor());
  SmallVector<Value> operands = operandsOf(at.getIndices());
  if (!isInside(at))
    openIf(plan::InsideOp::create(builder, location, builder.getI1Type(), tensor, operands, at.getMap()),
           location);
  if (ir::isPartial(tensor.getType()))
    openIf(plan::PresentOp::create(builder, location, builder.getI1Type(), tensor, operands, at.getMap()),
           location);
  if (at.getElement().use_empty())
    return;
  Type element = at.getElement().getType();
  kernel.values.map(
      at.getElement(),
      plan::LoadOp::create(builder, location, element, tensor, operands, at.getMap()).getElement());
}

/// An element that may be missing and is 0 then: a sum over at most one contribution.
void ScopeWriter::writeDefaultedAt(ir::AtOp at) {
  Location location = at.getLoc();
  Value tensor = valueOf(at.getTensor());
  SmallVector<Value> operands = operandsOf(at.getIndices());
  Type element = at.getElement().getType();
  const bool isCertain = isInside(at) && !ir::isPartial(tensor.getType());
  plan::ReduceOp reduce;
  const bool wasConditional = isConditional;
  if (!isCertain) {
    const ir::Projection kind = element.isInteger(1) ? ir::Projection::Any : ir::Projection::Sum;
    reduce = plan::ReduceOp::create(builder, location, element, builder.getI1Type(), kind);
    builder.setInsertionPointToStart(&reduce.getBody().emplaceBlock());
    if (!isInside(at))
      openIf(plan::InsideOp::create(builder, location, builder.getI1Type(), tensor, operands, at.getMap()),
             location);
    if (ir::isPartial(tensor.getType()))
      openIf(plan::PresentOp::create(builder, location, builder.getI1Type(), tensor, operands, at.getMap()),
             location);
  }
  Value value = plan::LoadOp::create(builder, location, element, tensor, operands, at.getMap());
  if (!isCertain) {
    plan::ContributeOp::create(builder, location, value, Value());
    builder.setInsertionPointAfter(reduce);
    isConditional = wasConditional;
    value = reduce.getValue();
  }
  kernel.values.map(at.getElement(), value);
}

SmallVector<Value> ScopeWriter::operandsOf(OperandRange indices) {
  return llvm::map_to_vector(indices, [&](Value index) { return valueOf(index); });
}

/// Operands by dimension; null for those that the expression does not mention, which may be unknown.
SmallVector<Value> ScopeWriter::operandsOf(AffineExpr expression, OperandRange indices) {
  SmallVector<Value> operands;
  for (auto [dimension, index] : llvm::enumerate(indices))
    operands.push_back(expression.isFunctionOfDim(dimension) ? valueOf(index) : Value());
  return operands;
}

Interval ScopeWriter::intervalOf(Value index) const {
  auto found = kernel.intervals.find(index);
  if (found != kernel.intervals.end())
    return found->second;
  auto argument = dyn_cast<BlockArgument>(index);
  if (!argument || argument.getArgNumber() != 0)
    return kAnyIndex;
  if (auto scan = dyn_cast<ir::ScanOp>(argument.getOwner()->getParentOp()))
    return {scan.getBeginAttr().getInt(), scan.getEndAttr().getInt() - 1};
  return kAnyIndex;
}

SmallVector<Interval> ScopeWriter::intervalsOf(OperandRange indices) const {
  return llvm::map_to_vector(indices, [&](Value index) { return intervalOf(index); });
}

bool ScopeWriter::isInside(ir::AtOp at) const {
  return isInside(at, placeOf(at), ir::denseType(at.getTensor().getType()).getShape());
}

bool ScopeWriter::isInside(Operation *op, const Place &place, ArrayRef<std::int64_t> extents) const {
  SmallVector<Interval> intervals = intervalsOf(place.indices);
  for (auto [axis, coordinate] : llvm::enumerate(place.map.getResults()))
    if (!testedAxes.contains({op, axis}) &&
        !boundsOf(coordinate, intervals).isWithin(positions(extents[axis])))
      return false;
  return true;
}

/// Tests the axes of a place that are known before the whole place is, outside the loops that bind the rest.
/// Then a gather tests the row it looks up once and not for every element.
void ScopeWriter::testKnownAxes(Operation *op, const Place &place, ArrayRef<std::int64_t> extents) {
  for (auto [axis, coordinate] : llvm::enumerate(place.map.getResults())) {
    const bool isKnown = llvm::all_of(llvm::enumerate(place.indices), [&](auto index) {
      return !coordinate.isFunctionOfDim(index.index()) || isSubset(scope.needs(index.value()), bound);
    });
    const Interval known = boundsOf(coordinate, intervalsOf(place.indices));
    if (!isKnown || known.isWithin(positions(extents[axis])) || !testedAxes.insert({op, axis}).second)
      continue;
    Value value = affine(op->getLoc(), coordinate, operandsOf(coordinate, place.indices));
    openInsideRange(op->getLoc(), value, known, positions(extents[axis]));
    refine({AffineMap::get(place.map.getNumDims(), 0, coordinate), place.indices}, extents[axis]);
  }
}

/// What follows from a place being inside: an axis x + k or k - x bounds x.
void ScopeWriter::refine(const Place &place, ArrayRef<std::int64_t> extents) {
  for (auto [coordinate, extent] : llvm::zip_equal(place.map.getResults(), extents))
    for (auto [dimension, index] : llvm::enumerate(place.indices)) {
      AffineExpr variable = getAffineDimExpr(dimension, builder.getContext());
      auto below =
          dyn_cast<AffineConstantExpr>(simplifyAffineExpr(coordinate - variable, place.indices.size(), 0));
      auto above =
          dyn_cast<AffineConstantExpr>(simplifyAffineExpr(coordinate + variable, place.indices.size(), 0));
      if (below)
        refine(index, {-below.getValue(), extent - 1 - below.getValue()});
      else if (above)
        refine(index, {above.getValue() - extent + 1, above.getValue()});
    }
}

void ScopeWriter::refine(Value index, Interval interval) {
  kernel.intervals[index] = intersect(intervalOf(index), interval);
}

} // namespace tl::passes
