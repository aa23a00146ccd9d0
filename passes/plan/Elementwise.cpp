// Equations that say what each element of a new tensor is.
#include "passes/plan/Elementwise.h"

#include "passes/plan/Products.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace tl::passes {

using namespace mlir;

namespace {

/// Arithmetic and certain reads; a sum over nothing but its one term is that term.
bool alwaysHasValue(Block &body, const StepConditions &conditions) {
  return llvm::all_of(body.without_terminator(), [&](Operation &op) {
    if (auto at = dyn_cast<ir::AtOp>(op))
      return readsCertainly(at, conditions);
    if (auto project = dyn_cast<ir::ProjectOp>(op))
      return project.getKind() == ir::Projection::Sum &&
             project.getBody().front().getOps<ir::IndexOp>().empty() &&
             alwaysHasValue(project.getBody().front(), conditions);
    return isa<ir::IndexOp, ir::NumberOp, ir::ApplyOp, ir::CastOp>(op);
  });
}

/// Each coordinate is a variable of its own, which runs over the whole axis.
bool fillsEveryPlace(ir::YieldOp yield, ArrayRef<std::int64_t> extents) {
  llvm::SmallPtrSet<Operation *, 4> seen;
  for (auto [coordinate, extent] : llvm::zip_equal(yield.getMap()->getResults(), extents)) {
    auto dimension = dyn_cast<AffineDimExpr>(coordinate);
    auto variable =
        dimension ? yield.getIndices()[dimension.getPosition()].getDefiningOp<ir::IndexOp>() : ir::IndexOp();
    std::optional<Interval> range = variable ? declaredRange(variable) : std::nullopt;
    if (!range || variable->getBlock() != yield->getBlock() || range->lower != 0 ||
        range->upper != extent - 1 || !seen.insert(variable).second)
      return false;
  }
  return static_cast<std::size_t>(llvm::range_size(yield->getBlock()->getOps<ir::IndexOp>())) == seen.size();
}

} // namespace

std::optional<std::int64_t> elementsOf(ir::ComprehensionOpInterface op) {
  auto empty = op.getDest().getDefiningOp<ir::EmptyOp>();
  Type type = op.getDest().getType();
  if (!empty || !empty.getTensor().hasOneUse() || empty->getBlock() != op->getBlock() ||
      ir::isRelation(type) || ir::isPartial(type) || op.getMonoid() == ir::Monoid::Average)
    return std::nullopt;
  Block &body = op.getBody().front();
  auto yield = cast<ir::YieldOp>(body.getTerminator());
  ArrayRef<std::int64_t> extents = ir::denseType(type).getShape();
  if (!fillsEveryPlace(yield, extents) || !alwaysHasValue(body, StepConditions(body)) ||
      yield.getValue().getType() != ir::denseType(type).getElementType())
    return std::nullopt;
  std::int64_t elements = 1;
  for (std::int64_t extent : extents)
    elements *= extent;
  return elements;
}

Value copiedSource(Operation *equation) {
  auto empty = equation->getOperand(0).getDefiningOp<ir::EmptyOp>();
  auto type = empty ? dyn_cast<RankedTensorType>(empty.getTensor().getType()) : RankedTensorType();
  Block &body = equation->getRegion(0).front();
  auto yield = cast<ir::YieldOp>(body.back());
  auto at = yield.getValue() ? yield.getValue().getDefiningOp<ir::AtOp>() : ir::AtOp();
  if (!type || !empty.getTensor().hasOneUse() || !at || at.getTensor().getType() != type)
    return {};
  AffineMap identity = AffineMap::getMultiDimIdentityMap(type.getRank(), equation->getContext());
  const auto operations = static_cast<std::int64_t>(body.getOperations().size());
  if (operations != type.getRank() + 2 || at.getMap() != identity || *yield.getMap() != identity ||
      !llvm::equal(at.getIndices(), yield.getIndices()))
    return {};
  for (auto [index, extent] : llvm::zip(at.getIndices(), type.getShape())) {
    auto variable = index.getDefiningOp<ir::IndexOp>();
    if (!variable || variable->getBlock() != &body || !declaredRange(variable) ||
        declaredRange(variable)->lower != 0 || declaredRange(variable)->upper != extent - 1)
      return {};
  }
  return at.getTensor();
}

bool canMoveTo(Operation *first, Operation *second) {
  llvm::SmallPtrSet<Value, 8> read;
  first->walk([&](ir::AtOp at) { read.insert(at.getTensor()); });
  for (Operation *op = first->getNextNode(); op != second; op = op->getNextNode())
    if (auto other = dyn_cast<ir::ComprehensionOpInterface>(op); other && read.contains(other.getDest()))
      return false;
  return true;
}

} // namespace tl::passes
