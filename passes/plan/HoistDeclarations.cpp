// Moves declarations to the outermost scope in which their operands are known.
#include "passes/Passes.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"

namespace tl::passes {

#define GEN_PASS_DEF_HOISTDECLARATIONS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

Interval rangeOf(Value index) {
  auto variable = index.getDefiningOp<ir::IndexOp>();
  std::optional<Interval> range = variable ? declaredRange(variable) : std::nullopt;
  return range.value_or(kAnyIndex);
}

/// An element that is there for every value of its variables.
bool isAlwaysThere(ir::AtOp at) {
  if (at.getDefaulted())
    return true;
  auto type = dyn_cast<RankedTensorType>(at.getTensor().getType());
  if (!type)
    return false;
  SmallVector<Interval> intervals = llvm::map_to_vector(at.getIndices(), rangeOf);
  return llvm::all_of(llvm::zip_equal(at.getMap().getResults(), type.getShape()), [&](auto axis) {
    return boundsOf(std::get<0>(axis), intervals).isWithin(positions(std::get<1>(axis)));
  });
}

bool neverDrops(Operation &op) {
  if (auto at = dyn_cast<ir::AtOp>(op))
    return isAlwaysThere(at);
  if (auto project = dyn_cast<ir::ProjectOp>(op))
    return !dropsWhenEmpty(project.getKind());
  return isa<ir::NumberOp, ir::ApplyOp, ir::CastOp, ir::TestOp>(op);
}

/// Nothing in `op`, at any depth, is defined in `block` outside of `op`.
bool isIndependent(Operation &op, Block *block) {
  WalkResult result = op.walk([&](Operation *nested) {
    for (Value operand : nested->getOperands()) {
      Operation *definition = operand.getDefiningOp();
      if (definition && definition->getBlock() == block)
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return !result.wasInterrupted();
}

/// project k {s; b}  ==  s; project k {b} when s mentions no variable of the projection and never drops. Then
/// s is computed once and not for every assignment of the projection. Inner projections come first, so that
/// what leaves them may leave the outer one too.
void hoistOut(ir::ProjectOp project) {
  Block &body = project.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(body))
    if (neverDrops(op) && isIndependent(op, &body))
      op.moveBefore(project);
}

class HoistDeclarations : public impl::HoistDeclarationsBase<HoistDeclarations> {
public:
  void runOnOperation() override {
    getOperation().walk([](ir::ProjectOp project) { hoistOut(project); });
  }
};

} // namespace

} // namespace tl::passes
