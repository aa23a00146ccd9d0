// Gives a step of a scan its own tensors for what no other step reads.
#include "passes/plan/NarrowScans.h"

#include "passes/Passes.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/SetVector.h"

namespace tl::passes {

#define GEN_PASS_DEF_NARROWSCANS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// `type` without one of its axes.
Type withoutAxis(Type type, unsigned axis) {
  RankedTensorType dense = ir::denseType(type);
  SmallVector<std::int64_t> shape(dense.getShape());
  shape.erase(shape.begin() + axis);
  auto shorter = RankedTensorType::get(shape, dense.getElementType());
  return ir::isPartial(type) ? Type(ir::PartialType::get(type.getContext(), shorter)) : Type(shorter);
}

/// One tensor that a scan carries, through all its states within a step.
class Narrowing {
public:
  Narrowing(ir::ScanOp scan, unsigned entry) : scan(scan), entry(entry) {}

  /// The axis along which every step stays at a position of its own that no other step has; none when some
  /// step needs what another one made, or the tensor is needed after the scan.
  std::optional<unsigned> ownAxis() {
    auto empty = scan.getInits()[entry].getDefiningOp<ir::EmptyOp>();
    if (!empty || ir::isRelation(empty.getTensor().getType()) || !scan.getResult(entry).use_empty())
      return std::nullopt;
    begins = empty;
    chained.insert({scan, entry});
    if (!collect(scan.getBody().front().getArgument(entry + 1)) || !isPassedOn())
      return std::nullopt;
    for (unsigned axis = 0; axis < ir::rankOf(empty.getTensor().getType()); ++axis)
      if (isOwn(axis))
        return axis;
    return std::nullopt;
  }

  /// carry t: {.. t[p, x] ..}  ==  {u = empty; .. u[x] ..}
  ir::ScanOp narrow(unsigned axis) {
    for (Operation *access : accesses)
      dropCoordinate(access, axis);
    Block &body = scan.getBody().front();
    Value carried = body.getArgument(entry + 1);
    const Type type = withoutAxis(carried.getType(), axis);
    for (Value version : versions)
      version.setType(type);
    body.getTerminator()->setOperand(entry, carried);
    Operation *first = firstUser(carried, body);
    OpBuilder builder = first ? OpBuilder(first) : OpBuilder::atBlockBegin(&body);
    auto empty = ir::EmptyOp::create(builder, scan.getLoc(), type, begins.getMonoid(), begins.getNameAttr());
    carried.replaceUsesWithIf(empty.getTensor(),
                              [&](OpOperand &use) { return use.getOwner() != body.getTerminator(); });
    if (empty.getTensor().use_empty())
      empty->erase();
    return withoutEntry(scan, entry);
  }

private:
  static Operation *firstUser(Value carried, Block &body) {
    Operation *first = nullptr;
    for (Operation *user : carried.getUsers()) {
      Operation *sibling = body.findAncestorOpInBlock(*user);
      if (sibling != body.getTerminator() && (!first || sibling->isBeforeInBlock(first)))
        first = sibling;
    }
    return first;
  }

  /// Follows the states that begin with `value`; false when something else than reading elements and
  /// combining into them happens to one.
  bool collect(Value value) {
    versions.insert(value);
    return llvm::all_of(value.getUses(), [&](OpOperand &use) {
      Operation *user = use.getOwner();
      if (isa<ir::AtOp>(user)) {
        accesses.insert(user);
        return true;
      }
      if (isa<ir::ComprehensionOpInterface>(user) && use.getOperandNumber() == 0) {
        accesses.insert(user->getRegion(0).front().getTerminator());
        return collect(user->getResult(0));
      }
      if (auto inner = dyn_cast<ir::ScanOp>(user)) {
        const unsigned number = use.getOperandNumber();
        chained.insert({inner, number});
        return collect(inner.getBody().front().getArgument(number + 1)) && collect(inner.getResult(number));
      }
      return isa<ir::NextOp>(user) && chained.contains({user->getParentOp(), use.getOperandNumber()});
    });
  }

  /// Whether each scan of the chain passes on a state of this tensor and no other.
  bool isPassedOn() const {
    return llvm::all_of(chained, [&](auto link) {
      Operation *next = link.first->getRegion(0).front().getTerminator();
      return versions.contains(next->getOperand(link.second));
    });
  }

  static std::pair<AffineMap, OperandRange> placeOfAccess(Operation *access) {
    if (auto at = dyn_cast<ir::AtOp>(access))
      return {at.getMap(), at.getIndices()};
    auto yield = cast<ir::YieldOp>(access);
    return {*yield.getMap(), yield.getIndices()};
  }

  /// Whether the coordinate is, everywhere, the scan's position plus one and the same number, and inside.
  bool isOwn(unsigned axis) const {
    const Value position = ir::ScanOp(scan).getBody().front().getArgument(0);
    std::optional<std::int64_t> offset;
    for (Operation *access : accesses) {
      auto [map, indices] = placeOfAccess(access);
      std::optional<std::int64_t> here = offsetFrom(map.getResult(axis), indices, position);
      if (!here || (offset && *offset != *here))
        return false;
      offset = here;
    }
    const std::int64_t extent = ir::denseType(versions.front().getType()).getDimSize(axis);
    const Interval steps = *scanRange(position);
    return offset && (steps.isEmpty() ||
                      Interval{steps.lower + *offset, steps.upper + *offset}.isWithin(positions(extent)));
  }

  static std::optional<std::int64_t> offsetFrom(AffineExpr coordinate, OperandRange indices, Value position) {
    std::int64_t offset = 0;
    if (auto sum = dyn_cast<AffineBinaryOpExpr>(coordinate); sum && sum.getKind() == AffineExprKind::Add)
      if (auto constant = dyn_cast<AffineConstantExpr>(sum.getRHS())) {
        offset = constant.getValue();
        coordinate = sum.getLHS();
      }
    auto dimension = dyn_cast<AffineDimExpr>(coordinate);
    return dimension && indices[dimension.getPosition()] == position ? std::optional(offset) : std::nullopt;
  }

  static void dropCoordinate(Operation *access, unsigned axis) {
    auto [map, indices] = placeOfAccess(access);
    AffineMap shorter = map.dropResult(axis);
    llvm::SmallBitVector unused = getUnusedDimsBitVector({shorter});
    SmallVector<Value> used;
    for (auto [dimension, index] : llvm::enumerate(indices))
      if (!unused[dimension])
        used.push_back(index);
    shorter = compressDims(shorter, unused);
    if (auto at = dyn_cast<ir::AtOp>(access)) {
      at.getIndicesMutable().assign(used);
      at.setMap(shorter);
      return;
    }
    auto yield = cast<ir::YieldOp>(access);
    yield.getIndicesMutable().assign(used);
    yield.setMapAttr(AffineMapAttr::get(shorter));
  }

  ir::ScanOp scan;
  unsigned entry;
  ir::EmptyOp begins; ///< what it begins as
  llvm::SetVector<Value> versions;
  llvm::SetVector<Operation *> accesses; ///< reads, and yields of what combines into the tensor
  llvm::SetVector<std::pair<Operation *, unsigned>> chained; ///< scans that carry it, and as which entry
};

} // namespace

ir::ScanOp withoutEntry(ir::ScanOp scan, unsigned entry) {
  SmallVector<Value> inits(scan.getInits());
  inits.erase(inits.begin() + entry);
  ArrayAttr names = scan.getNamesAttr();
  if (names) {
    SmallVector<Attribute> rest(names.getValue());
    rest.erase(rest.begin() + entry);
    names = ArrayAttr::get(scan.getContext(), rest);
  }
  OpBuilder builder(scan);
  auto narrow =
      ir::ScanOp::create(builder, scan.getLoc(), ValueRange(inits).getTypes(), scan.getNameAttr(),
                         scan.getBeginAttr(), scan.getEndAttr(), scan.getDescendingAttr(), inits, names);
  narrow.getBody().takeBody(scan.getBody());
  Block &body = narrow.getBody().front();
  body.getTerminator()->eraseOperand(entry);
  body.eraseArgument(entry + 1);
  for (unsigned old = 0, number = 0; old < scan.getNumResults(); ++old)
    if (old != entry)
      scan.getResult(old).replaceAllUsesWith(narrow.getResult(number++));
  scan.erase();
  return narrow;
}

ir::ScanOp narrowScan(ir::ScanOp scan) {
  for (unsigned entry = scan.getNumResults(); entry-- > 0;) {
    Narrowing narrowing(scan, entry);
    if (std::optional<unsigned> axis = narrowing.ownAxis())
      scan = narrowing.narrow(*axis);
  }
  return scan;
}

namespace {

/// A scan inside a step may narrow what the scan around it left as a tensor of the step.
void narrowAll(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto scan = dyn_cast<ir::ScanOp>(op))
      narrowAll(narrowScan(scan).getBody().front());
  }
}

class NarrowScans : public impl::NarrowScansBase<NarrowScans> {
public:
  void runOnOperation() override {
    getOperation().walk([](ir::ProgramOp program) { narrowAll(program.getBody().front()); });
  }
};

} // namespace

} // namespace tl::passes
