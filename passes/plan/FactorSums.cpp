// Takes out of a sum what does not change with its variables.
#include "passes/Passes.h"

#include "ir/tl/TlOps.h"

#include "mlir/IR/BuiltinOps.h"

namespace tl::passes {

#define GEN_PASS_DEF_FACTORSUMS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// A factor of a product, or of its denominator.
struct Factor {
  Value value;
  bool isDivisor;
};

bool isApply(Operation *op, StringRef primitive) {
  auto apply = dyn_cast_or_null<ir::ApplyOp>(op);
  return apply && apply.getPrimitive() == primitive;
}

/// The factors of a product that are computed in `body`, and those that come from outside it.
struct Factors {
  SmallVector<Value> inside;
  SmallVector<Factor> outside;
};

void collect(Value value, Block *body, Factors &factors) {
  Operation *definition = value.getDefiningOp();
  auto isWithin = [&](Value part) {
    return part.getDefiningOp() && part.getDefiningOp()->getBlock() == body;
  };
  if (!isWithin(value)) {
    factors.outside.push_back({value, false});
  } else if (isApply(definition, "mul")) {
    collect(definition->getOperand(0), body, factors);
    collect(definition->getOperand(1), body, factors);
  } else if (isApply(definition, "div") && !isWithin(definition->getOperand(1))) {
    collect(definition->getOperand(0), body, factors);
    factors.outside.push_back({definition->getOperand(1), true});
  } else {
    factors.inside.push_back(value);
  }
}

/// project sum {b} (u v)  ==  u (project sum {b} v), and the same for u in a denominator: u is computed
/// outside, so neither it nor what is left can drop on the other's account.
void factor(ir::ProjectOp project) {
  Block &body = project.getBody().front();
  auto yield = cast<ir::YieldOp>(body.getTerminator());
  Type type = project.getValue().getType();
  if (project.getKind() != ir::Projection::Sum || !isa<FloatType>(type) || body.getOps<ir::IndexOp>().empty())
    return;
  Factors factors;
  collect(yield.getValue(), &body, factors);
  if (factors.outside.empty() || factors.inside.empty())
    return;
  OpBuilder inside(yield);
  Value rest = factors.inside.front();
  for (Value factor : ArrayRef(factors.inside).drop_front())
    rest = ir::ApplyOp::create(inside, project.getLoc(), type, "mul", ValueRange{rest, factor});
  yield.getValueMutable().assign(rest);
  OpBuilder builder(project->getBlock(), std::next(Block::iterator(project)));
  Value total = project.getValue();
  SmallPtrSet<Operation *, 4> users;
  for (const Factor &factor : factors.outside) {
    auto apply = ir::ApplyOp::create(builder, project.getLoc(), type, factor.isDivisor ? "div" : "mul",
                                     ValueRange{total, factor.value});
    users.insert(apply);
    total = apply.getResult();
  }
  project.getValue().replaceAllUsesExcept(total, users);
  SmallVector<ir::ApplyOp> computed(body.getOps<ir::ApplyOp>());
  for (ir::ApplyOp apply : llvm::reverse(computed))
    if (apply->use_empty())
      apply->erase();
}

class FactorSums : public impl::FactorSumsBase<FactorSums> {
public:
  void runOnOperation() override {
    getOperation().walk([](ir::ProjectOp project) { factor(project); });
  }
};

} // namespace

} // namespace tl::passes
