// What holds of comprehensions, projections and index variables.
#include "ir/tl/ops/Place.h"

#include "ir/tl/TlTypes.h"

#include "llvm/ADT/STLExtras.h"

namespace tl::ir {

using namespace mlir;

namespace {

bool isDeclaration(Operation &op) {
  return isa<IndexOp, AtOp, LiteralOp, TestOp, WhereOp, NumberOp, ApplyOp, CastOp, ProjectOp, YieldOp>(op);
}

/// Whether a positive literal of the same body has `index` alone in one of its columns.
bool isGenerated(IndexOp index) {
  return llvm::any_of(index->getBlock()->getOps<LiteralOp>(), [&](LiteralOp literal) {
    return !literal.getNegated() && llvm::any_of(literal.getMap().getResults(), [&](AffineExpr column) {
      std::optional<unsigned> operand = standsAlone(column);
      return operand && literal.getIndices()[*operand] == index.getValue();
    });
  });
}

/// Whether `coordinate` is `index` plus a constant: different values of the index reach different places.
bool followsIndex(AffineExpr coordinate, OperandRange indices, Value index) {
  if (auto sum = dyn_cast<AffineBinaryOpExpr>(coordinate))
    if (sum.getKind() == AffineExprKind::Add && isa<AffineConstantExpr>(sum.getRHS()))
      coordinate = sum.getLHS();
  std::optional<unsigned> operand = standsAlone(coordinate);
  return operand && indices[*operand] == index;
}

LogicalResult verifyComprehension(ComprehensionOpInterface op) {
  Block &body = op.getBody().front();
  if (body.empty() || !isa<YieldOp>(body.back()))
    return op.emitOpError("does not end in a tl.yield");
  if (failed(verifyMonoid(op, op.getDest().getType(), op.getMonoid())))
    return failure();
  return verifyDeclarations(body);
}

} // namespace

LogicalResult verifyDeclarations(Block &body) {
  for (Operation &op : body) {
    if (!isDeclaration(op))
      return op.emitOpError("cannot stand in a comprehension");
    auto index = dyn_cast<IndexOp>(op);
    if (index && !index.getLower() && !isGenerated(index))
      return index.emitOpError("'") << index.getName()
                                    << "' has no range and stands alone in no column of a positive literal";
  }
  return success();
}

LogicalResult verifyMonoid(Operation *op, Type tensor, Monoid monoid) {
  auto refuse = [&](StringRef subject, StringRef allowed) {
    return op->emitOpError("combines ")
           << subject << " under '" << stringifyMonoid(monoid) << "'; they combine under " << allowed;
  };
  if (isRelation(tensor))
    return monoid == Monoid::Or ? success() : refuse("rows", "'or'");
  if (isPartial(tensor))
    return monoid == Monoid::Max || monoid == Monoid::Min ? success()
                                                          : refuse("partial tensors", "'max' or 'min'");
  if (denseType(tensor).getElementType().isInteger(1))
    return monoid == Monoid::Or ? success() : refuse("Boolean elements", "'or'");
  if (monoid == Monoid::Or || monoid == Monoid::Max || monoid == Monoid::Min)
    return refuse("elements that are always present", "'add', 'mul' or 'avg'");
  return success();
}

LogicalResult ContractOp::verify() {
  return verifyComprehension(*this);
}

LogicalResult MapOp::verify() {
  if (failed(verifyComprehension(*this)))
    return failure();
  auto yield = cast<YieldOp>(getBody().front().back());
  if (!yield.getMap()) // the verifier of tl.yield reports it
    return success();
  for (IndexOp index : getBody().getOps<IndexOp>()) {
    bool isOnce = llvm::any_of(yield.getMap()->getResults(), [&](AffineExpr coordinate) {
      return followsIndex(coordinate, yield.getIndices(), index.getValue());
    });
    if (!isOnce)
      return emitOpError("index '")
             << index.getName() << "' does not stand alone in the yield, so an element may be reached twice";
  }
  return success();
}

LogicalResult IndexOp::verify() {
  if (getLower().has_value() != getUpper().has_value())
    return emitOpError("'") << getName() << "' has one bound; it takes both or none";
  if (getLower() && *getLower() > *getUpper())
    return emitOpError("'") << getName() << "' begins at " << *getLower() << ", after its end "
                            << *getUpper();
  return success();
}

void IndexOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getValue(), getName());
}

bool givesPosition(Projection kind) {
  return kind == Projection::ArgMax || kind == Projection::ArgMin;
}

LogicalResult ProjectOp::verify() {
  Block &body = getBody().front();
  if (body.empty() || !isa<YieldOp>(body.back()))
    return emitOpError("does not end in a tl.yield");
  auto yield = cast<YieldOp>(body.back());
  if (!yield.getValue())
    return success(); // the verifier of tl.yield reports it
  Type yielded = yield.getValue().getType(), result = getValue().getType();
  StringRef kind = stringifyProjection(getKind());
  auto expect = [&](bool holds, const Twine &what) -> LogicalResult {
    if (holds)
      return success();
    return emitOpError() << kind << " " << what << "; it yields " << yielded << " and gives " << result;
  };
  switch (getKind()) {
  case Projection::Sum:
  case Projection::Prod:
    if (failed(expect(yielded == result && !result.isInteger(1), "gives the type of numbers it yields")))
      return failure();
    break;
  case Projection::Max:
  case Projection::Min:
    if (failed(expect(yielded == result, "gives the type it yields")))
      return failure();
    break;
  case Projection::Mean:
    if (failed(expect(yielded == result && isa<FloatType>(result), "gives the real type it yields")))
      return failure();
    break;
  case Projection::Any:
  case Projection::All:
    if (failed(expect(yielded.isInteger(1) && result.isInteger(1), "takes and gives i1")))
      return failure();
    break;
  case Projection::Count:
    if (failed(expect(result.isInteger(64), "gives i64")))
      return failure();
    break;
  case Projection::ArgMax:
  case Projection::ArgMin: {
    auto indices = body.getOps<IndexOp>();
    if (!yield.getMap() && std::distance(indices.begin(), indices.end()) != 1)
      return emitOpError() << kind << " takes exactly one index, or yields at a position";
    if (failed(expect(result.isInteger(64), "gives i64")))
      return failure();
    break;
  }
  }
  return verifyDeclarations(body);
}

} // namespace tl::ir
