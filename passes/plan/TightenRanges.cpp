// Conditions on one index as the range of that index.
#include "passes/Passes.h"
#include "passes/plan/Scope.h"

#include "mlir/IR/BuiltinOps.h"

namespace tl::passes {

#define GEN_PASS_DEF_TIGHTENRANGES
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Gives the condition to the variable's range; false when the condition has to stay.
bool absorb(ir::WhereOp where, const RangeCondition &condition) {
  if (std::optional<Interval> steps = scanRange(condition.index))
    return steps->isWithin(condition.interval);
  auto variable = condition.index.getDefiningOp<ir::IndexOp>();
  std::optional<Interval> range = variable ? declaredRange(variable) : std::nullopt;
  if (!range || variable->getBlock() != where->getBlock())
    return false;
  const Interval both = intersect(*range, condition.interval);
  Builder builder(where.getContext());
  variable.setLowerAttr(builder.getI64IntegerAttr(both.lower));
  variable.setUpperAttr(builder.getI64IntegerAttr(std::max(both.lower, both.upper + 1)));
  return true;
}

/// {v from a to b, where v < c}  ==  {v from a to min(b, c)}: the condition stood in the block of the
/// variable, so that it dropped the same assignments.
void tighten(Block &body) {
  for (ir::WhereOp where : llvm::make_early_inc_range(body.getOps<ir::WhereOp>()))
    if (std::optional<RangeCondition> condition = rangeConditionOf(where);
        condition && absorb(where, *condition))
      where.erase();
  SmallVector<Operation *> computed;
  for (Operation &op : body)
    if (isa<ir::ApplyOp, ir::CastOp, ir::NumberOp>(op))
      computed.push_back(&op);
  for (Operation *op : llvm::reverse(computed))
    if (op->use_empty())
      op->erase();
}

class TightenRanges : public impl::TightenRangesBase<TightenRanges> {
public:
  void runOnOperation() override {
    SmallVector<Block *> bodies;
    getOperation().walk([&](Operation *op) {
      if (isa<ir::ContractOp, ir::MapOp, ir::ProjectOp>(op))
        bodies.push_back(&op->getRegion(0).front());
    });
    for (Block *body : bodies)
      tighten(*body);
  }
};

} // namespace

} // namespace tl::passes
