// Makes scans keep the states that their reverse reads again.
#include "passes/derive/Prepare.h"

#include "passes/derive/Activity.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

namespace {

/// `type` with one more axis or column in front.
Type withStates(Type type, std::int64_t states) {
  if (auto relation = dyn_cast<ir::RelationType>(type)) {
    SmallVector<std::int64_t> bounds{states};
    llvm::append_range(bounds, relation.getBounds());
    return ir::RelationType::get(type.getContext(), bounds);
  }
  RankedTensorType dense = ir::denseType(type);
  SmallVector<std::int64_t> shape{states};
  llvm::append_range(shape, dense.getShape());
  auto longer = RankedTensorType::get(shape, dense.getElementType());
  return ir::isPartial(type) ? Type(ir::PartialType::get(type.getContext(), longer)) : Type(longer);
}

ir::Monoid monoidOf(Value value) {
  if (auto empty = rootOf(value).getDefiningOp<ir::EmptyOp>())
    return empty.getMonoid();
  return ir::isRelation(value.getType()) ? ir::Monoid::Or : ir::Monoid::Add;
}

/// One tensor of which a scan carries only the present state.
class StateKeeper {
public:
  StateKeeper(ir::ScanOp scan, unsigned number)
      : scan(scan), number(number), builder(scan), states(scan.getEnd() - scan.getBegin() + 1) {}

  bool run();

private:
  Value position() { return scan.getBody().front().getArgument(0); }
  AffineExpr stateAt(AffineExpr position, unsigned offset);
  bool isKnownUse(OpOperand &use);
  bool collect(Value value);
  void addCoordinate(Operation *op, unsigned offset);
  Value slice(Value from, Value into, std::optional<std::int64_t> fromState,
              std::optional<std::int64_t> intoState);

  ir::ScanOp scan;
  unsigned number;
  OpBuilder builder;
  std::int64_t states;
  SmallVector<Value> chain; ///< of the new state, inside the body
};

/// The number of the state that a step begins with (offset 0) or makes (1).
AffineExpr StateKeeper::stateAt(AffineExpr position, unsigned offset) {
  const std::int64_t begin = scan.getBegin(), end = scan.getEnd();
  return scan.getDescending() ? (end - 1 + offset) - position : position + (offset - begin);
}

/// Every use of a state must be one that can be told which state it means.
bool StateKeeper::isKnownUse(OpOperand &use) {
  Operation *user = use.getOwner();
  return isa<ir::AtOp, ir::LiteralOp, ir::TestOp, ir::ScanOp, ir::NextOp>(user) ||
         (isa<ir::ComprehensionOpInterface>(user) && use.getOperandNumber() == 0);
}

/// The values of the chain that begins at `value`, those inside nested scans included.
bool StateKeeper::collect(Value value) {
  chain.push_back(value);
  for (OpOperand &use : value.getUses()) {
    if (!isKnownUse(use))
      return false;
    Operation *user = use.getOwner();
    if (isa<ir::ComprehensionOpInterface>(user) && !collect(user->getResult(0)))
      return false;
    if (auto inner = dyn_cast<ir::ScanOp>(user))
      if (!collect(inner.getBody().front().getArgument(use.getOperandNumber() + 1)) ||
          !collect(inner.getResult(use.getOperandNumber())))
        return false;
  }
  return true;
}

/// Puts the number of the state before the coordinates of a place.
void StateKeeper::addCoordinate(Operation *op, unsigned offset) {
  auto widened = [&](AffineMap map) {
    SmallVector<AffineExpr> results{stateAt(builder.getAffineDimExpr(map.getNumDims()), offset)};
    llvm::append_range(results, map.getResults());
    return AffineMap::get(map.getNumDims() + 1, 0, results, op->getContext());
  };
  auto widen = [&](auto access, AffineMap map) {
    access.setMap(widened(map));
    access.getIndicesMutable().append(position());
  };
  if (auto at = dyn_cast<ir::AtOp>(op))
    widen(at, at.getMap());
  else if (auto literal = dyn_cast<ir::LiteralOp>(op))
    widen(literal, literal.getMap());
  else if (auto test = dyn_cast<ir::TestOp>(op))
    widen(test, test.getMap());
  else if (auto yield = dyn_cast<ir::YieldOp>(op))
    widen(yield, *yield.getMap());
}

/// Copies one state: `from`, or its state `fromState`, into `into`, or its state `intoState`.
Value StateKeeper::slice(Value from, Value into, std::optional<std::int64_t> fromState,
                         std::optional<std::int64_t> intoState) {
  Location place = scan.getLoc();
  const bool isRelation = ir::isRelation(from.getType());
  const std::size_t rank = ir::rankOf(from.getType()) - (fromState ? 1 : 0);
  auto copy = ir::ContractOp::create(builder, place, monoidOf(into), into);
  OpBuilder body = OpBuilder::atBlockEnd(&copy.getBody().emplaceBlock());
  SmallVector<Value> indices;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    IntegerAttr lower, upper;
    if (!isRelation) {
      lower = builder.getI64IntegerAttr(0);
      upper = builder.getI64IntegerAttr(ir::denseType(from.getType()).getDimSize(axis + (fromState ? 1 : 0)));
    }
    indices.push_back(ir::IndexOp::create(body, place, builder.getIndexType(),
                                          builder.getStringAttr("i" + Twine(axis)), lower, upper));
  }
  auto mapWith = [&](std::optional<std::int64_t> state) {
    SmallVector<AffineExpr> results;
    if (state)
      results.push_back(builder.getAffineConstantExpr(*state));
    for (std::size_t axis = 0; axis < rank; ++axis)
      results.push_back(builder.getAffineDimExpr(axis));
    return AffineMap::get(rank, 0, results, builder.getContext());
  };
  Value element;
  if (isRelation)
    ir::LiteralOp::create(body, place, from, indices, mapWith(fromState), false);
  else
    element = ir::AtOp::create(body, place, ir::denseType(from.getType()).getElementType(), from, indices,
                               mapWith(fromState), false);
  ir::YieldOp::create(body, place, element, indices, AffineMapAttr::get(mapWith(intoState)));
  return copy.getCombined();
}

/// scan t { X -> X' }  ==  scan t { Xs[t+1] += X' of Xs[t] }, with X' = Xs[end]: the states of the present
/// step are elements of one tensor that the scan only adds to.
bool StateKeeper::run() {
  Block &body = scan.getBody().front();
  BlockArgument old = body.getArgument(number + 1);
  Value root = body.getTerminator()->getOperand(number);
  while (auto equation = root.getDefiningOp()) {
    if (isa<ir::ComprehensionOpInterface>(equation))
      root = equation->getOperand(0);
    else if (auto inner = dyn_cast<ir::ScanOp>(equation))
      root = inner.getInits()[cast<OpResult>(root).getResultNumber()];
    else
      break;
  }
  auto empty = root.getDefiningOp<ir::EmptyOp>();
  if (!empty || !scan->isAncestor(empty) || !collect(root) ||
      !llvm::all_of(old.getUses(),
                    [&](OpOperand &use) { return isa<ir::AtOp, ir::LiteralOp, ir::TestOp>(use.getOwner()); }))
    return false;
  const ir::Monoid monoid = empty.getMonoid();
  Type single = old.getType(), type = withStates(single, states);
  Value init = scan.getInits()[number];
  Value begin = ir::EmptyOp::create(builder, scan.getLoc(), type, monoid);
  begin = slice(init, begin, std::nullopt, 0);
  SmallVector<Operation *> oldReads(old.getUsers()), newReads;
  for (Value value : chain)
    for (OpOperand &use : value.getUses()) {
      if (isa<ir::AtOp, ir::LiteralOp, ir::TestOp>(use.getOwner()))
        newReads.push_back(use.getOwner());
      else if (isa<ir::ComprehensionOpInterface>(use.getOwner()))
        newReads.push_back(&use.getOwner()->getRegion(0).front().back());
    }
  for (Operation *read : oldReads)
    addCoordinate(read, 0);
  for (Operation *read : newReads)
    addCoordinate(read, 1);
  scan.getInitsMutable()[number].set(begin);
  for (Value value : chain)
    value.setType(type);
  old.setType(type);
  root.replaceAllUsesWith(old);
  empty->erase();
  Value result = scan.getResult(number);
  result.setType(type);
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : result.getUses())
    uses.push_back(&use);
  builder.setInsertionPointAfter(scan);
  auto end = ir::EmptyOp::create(builder, scan.getLoc(), single, monoid);
  // The name of the tensor is that of its last state, no longer that of its first.
  if (auto first = rootOf(init).getDefiningOp<ir::EmptyOp>()) {
    end.setNameAttr(first.getNameAttr());
    first.removeNameAttr();
  }
  Value last = slice(result, end, states - 1, std::nullopt);
  for (OpOperand *use : uses)
    use->set(last);
  return true;
}

} // namespace

bool isKept(ir::ScanOp scan, unsigned number) {
  Block &body = scan.getBody().front();
  Value root = body.getTerminator()->getOperand(number);
  return rootOf(root) == rootOf(scan.getInits()[number]);
}

bool keepStates(ir::ScanOp scan) {
  for (unsigned number = 0; number < scan.getInits().size(); ++number)
    if (!isKept(scan, number) && !StateKeeper(scan, number).run())
      return false;
  return true;
}

} // namespace tl::passes
