// What holds of the ops of `plan`.
#include "ir/plan/PlanOps.h"

#include "ir/tl/TlOps.h"

#define GET_OP_CLASSES
#include "ir/plan/PlanOps.cpp.inc"

namespace tl::plan {

using namespace mlir;

namespace {

/// A map applied to `operands` that gives `results` coordinates of whatever `subject` names.
LogicalResult verifyPlace(Operation *op, AffineMap map, OperandRange operands, std::size_t results,
                          llvm::StringRef subject) {
  if (map.getNumInputs() != operands.size())
    return op->emitOpError("map takes ")
           << map.getNumInputs() << " operands, " << operands.size() << " given";
  if (map.getNumResults() != results)
    return op->emitOpError("gives ") << map.getNumResults() << " coordinates to " << subject << " of rank "
                                     << results;
  return success();
}

std::size_t rank(Value tensor) {
  return ir::denseType(tensor.getType()).getRank();
}

LogicalResult verifyElement(Operation *op, Value tensor, Type element) {
  Type expected = ir::denseType(tensor.getType()).getElementType();
  if (element != expected)
    return op->emitOpError("element is ") << element << " in a tensor of " << expected;
  return success();
}

/// Loops over rows have one block argument of type index per column.
LogicalResult verifyColumns(Operation *op, Block &body, unsigned arity) {
  if (body.getNumArguments() != arity)
    return op->emitOpError("has ") << body.getNumArguments() << " variables for " << arity << " columns";
  return success();
}

LogicalResult verifyCarried(SemiNaiveOp op, Region &region, llvm::StringRef name, TypeRange taken) {
  if (TypeRange(region.getArgumentTypes()) != taken)
    return op.emitOpError("region '") << name << "' does not take what is carried";
  auto next = dyn_cast<ir::NextOp>(region.front().getTerminator());
  if (!next || TypeRange(next.getTensors().getTypes()) != TypeRange(op.getInits().getTypes()))
    return op.emitOpError("region '") << name << "' does not end in a tl.next of what is carried";
  return success();
}

} // namespace

LogicalResult KernelOp::verify() {
  if (getBody().getNumArguments() == 0)
    return emitOpError("has no destination");
  return success();
}

LogicalResult EachOp::verify() {
  return verifyColumns(*this, getBody().front(), getRows().getType().getArity());
}

LogicalResult LookupOp::verify() {
  IndexType index = getTable().getType();
  if (index.getKeys().size() != getKeys().size())
    return emitOpError("gives ") << getKeys().size() << " keys to an index by " << index.getKeys().size()
                                 << " columns";
  return verifyColumns(*this, getBody().front(), index.getArity());
}

SmallVector<OperandRange> IntersectOp::keysByTable() {
  SmallVector<OperandRange> parts;
  unsigned begin = 0;
  for (Value table : getTables()) {
    const auto count = static_cast<unsigned>(cast<IndexType>(table.getType()).getKeys().size());
    parts.push_back(getKeys().slice(begin, count));
    begin += count;
  }
  return parts;
}

LogicalResult IntersectOp::verify() {
  std::size_t keys = 0;
  for (Value table : getTables()) {
    IndexType index = cast<IndexType>(table.getType());
    if (index.getKeys().size() + 1 != index.getArity())
      return emitOpError("takes a table with ")
             << index.getArity() - index.getKeys().size() << " columns outside its key, not with one";
    keys += index.getKeys().size();
  }
  if (getTables().empty() || keys != getKeys().size())
    return emitOpError("gives ") << getKeys().size() << " keys to tables that take " << keys;
  return verifyColumns(*this, getBody().front(), 1);
}

LogicalResult ContributeOp::verify() {
  auto reduce = (*this)->getParentOfType<ReduceOp>();
  if (!reduce)
    return emitOpError("stands in no plan.reduce");
  const bool needsPosition =
      reduce.getKind() == ir::Projection::ArgMax || reduce.getKind() == ir::Projection::ArgMin;
  if (needsPosition != static_cast<bool>(getPosition()))
    return emitOpError(needsPosition ? "lacks a position for its plan.reduce"
                                     : "gives a position that nothing takes");
  return success();
}

LogicalResult LoadOp::verify() {
  if (failed(verifyElement(*this, getTensor(), getElement().getType())))
    return failure();
  return verifyPlace(*this, getMap(), getIndices(), rank(getTensor()), "a tensor");
}

LogicalResult PresentOp::verify() {
  return verifyPlace(*this, getMap(), getIndices(), rank(getTensor()), "a tensor");
}

LogicalResult InsideOp::verify() {
  return verifyPlace(*this, getMap(), getIndices(), rank(getTensor()), "a tensor");
}

LogicalResult ProbeOp::verify() {
  return verifyPlace(*this, getMap(), getIndices(), getRelation().getType().arity(), "a relation");
}

LogicalResult InsertOp::verify() {
  return verifyPlace(*this, getMap(), getIndices(), getRelation().getType().arity(), "a relation");
}

LogicalResult CombineOp::verify() {
  if (failed(verifyElement(*this, getTensor(), getValue().getType())))
    return failure();
  return verifyPlace(*this, getMap(), getIndices(), rank(getTensor()), "a tensor");
}

LogicalResult ApplyMapOp::verify() {
  return verifyPlace(*this, getMap(), getIndices(), 1, "a value");
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError("calls '") << getKernel() << "', which is no kernel";
  if (TypeRange(kernel.getBody().getArgumentTypes()) != TypeRange(getOperation()->getOperandTypes()))
    return emitOpError("operands differ from the arguments of '") << getKernel() << "'";
  if (getCombined().getType() != getDest().getType())
    return emitOpError("result differs in type from its destination");
  return success();
}

LogicalResult ProductOp::verify() {
  if (getMaps().size() != 3)
    return emitOpError("needs a map for each of its three tensors");
  const Value tensors[] = {getLhs(), getRhs(), getDest()};
  for (auto [attribute, tensor] : llvm::zip_equal(getMaps(), tensors)) {
    AffineMap map = cast<AffineMapAttr>(attribute).getValue();
    if (map.getNumDims() != getExtents().size() || map.getNumSymbols() != getPositions().size())
      return emitOpError("map takes ")
             << map.getNumDims() << " indices and " << map.getNumSymbols() << " positions, "
             << getExtents().size() << " and " << getPositions().size() << " given";
    if (map.getNumResults() != rank(tensor))
      return emitOpError("gives ") << map.getNumResults() << " coordinates to a tensor of rank "
                                   << rank(tensor);
  }
  if (getSteps() && getSteps()->size() != 2 * getPositions().size())
    return emitOpError("needs two bounds for each position");
  Type element = ir::denseType(getDest().getType()).getElementType();
  if (!element.isF32() && !element.isF64())
    return emitOpError("multiplies f32 or f64, not ") << element;
  for (Value side : {getLhs(), getRhs()})
    if (failed(verifyElement(*this, side, element)))
      return failure();
  return success();
}

LogicalResult SemiNaiveOp::verify() {
  if (TypeRange(getInits().getTypes()) != TypeRange(getResultTypes()))
    return emitOpError("results differ from the initial relations");
  TypeRange carried = getInits().getTypes();
  if (failed(verifyCarried(*this, getStart(), "start", carried)))
    return failure();
  return verifyCarried(*this, getStep(), "step", stepTypes(carried));
}

SmallVector<Type> SemiNaiveOp::stepTypes(TypeRange carried) {
  SmallVector<Type> types(carried.begin(), carried.end());
  for (Type type : carried) {
    if (ir::isRelation(type))
      continue;
    types.push_back(type);
    types.push_back(ir::RelationType::get(type.getContext(), ir::denseType(type).getShape()));
  }
  return types;
}

} // namespace tl::plan
