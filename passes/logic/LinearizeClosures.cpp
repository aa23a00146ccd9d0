// Transitive closures, however they are written, as the one rule that extends paths by a step.
#include "passes/Passes.h"
#include "passes/logic/RuleShapes.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"

#include <algorithm>

namespace tl::passes {

#define GEN_PASS_DEF_LINEARIZECLOSURES
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// A fixpoint of one binary relation P whose rules are some without recursion, which give B, and, of these,
///   P(x,z) <- P(x,y), P(y,z)        one, or
///   P(x,z) <- B(x,y), P(y,z)        one, where B is nothing but one relation, and
///   P(y,x) <- P(x,y)                any number, beside the first.
/// Law: the first gives the transitive closure of B, and so do the second and `P(x,z) <- P(x,y), B(y,z)`;
/// with the third it is the closure of B and its converse. In the last form a round joins the new rows with B
/// alone, and what it adds comes in runs of one x.
class Closure {
public:
  explicit Closure(ir::FixpointOp fixpoint) : fixpoint(fixpoint), body(fixpoint.getBody().front()) {}

  bool match();
  void rewrite();

private:
  enum class Shape { Independent, Doubled, Prefixed, Converse, Other };

  bool isCarried(Value value) const { return value == body.getArgument(0); }
  Shape shapeOf(ir::ComprehensionOpInterface rule) const;
  bool isCopyOf(ir::ComprehensionOpInterface rule, Value relation) const;
  Value writeConverse(OpBuilder &builder, Value base);

  ir::FixpointOp fixpoint;
  Block &body;
  Value root;
  SmallVector<ir::ComprehensionOpInterface> independent, converses;
  ir::ComprehensionOpInterface step;
};

/// The literals of a rule, in their order.
SmallVector<ir::LiteralOp> literalsOf(ir::ComprehensionOpInterface rule) {
  return llvm::to_vector(rule.getBody().front().getOps<ir::LiteralOp>());
}

Variables resultOf(ir::ComprehensionOpInterface rule) {
  return plainVariables(cast<ir::YieldOp>(rule.getBody().front().getTerminator()));
}

Closure::Shape Closure::shapeOf(ir::ComprehensionOpInterface rule) const {
  bool readsItself = false;
  rule->walk([&](Operation *op) {
    readsItself |= llvm::any_of(op->getOperands(), [&](Value v) { return isCarried(v); });
  });
  if (!readsItself)
    return Shape::Independent;
  SmallVector<ir::LiteralOp> literals = literalsOf(rule);
  const Variables result = resultOf(rule);
  if (result.size() != 2 || literals.empty() || !hasOnlyLiterals(rule, literals.size()))
    return Shape::Other;
  const Variables first = plainVariables(literals[0]);
  if (literals.size() == 1)
    return first.size() == 2 && result[0] == first[1] && result[1] == first[0] ? Shape::Converse
                                                                               : Shape::Other;
  if (literals.size() != 2)
    return Shape::Other;
  const Variables second = plainVariables(literals[1]);
  const bool isChain = first.size() == 2 && second.size() == 2 && first[1] == second[0] &&
                       first[0] != second[1] && result[0] == first[0] && result[1] == second[1];
  if (!isChain || !isCarried(literals[1].getRelation()))
    return Shape::Other;
  return isCarried(literals[0].getRelation()) ? Shape::Doubled : Shape::Prefixed;
}

/// `rule` is P(x,y) <- R(x,y), of this R.
bool Closure::isCopyOf(ir::ComprehensionOpInterface rule, Value relation) const {
  if (!hasOnlyLiterals(rule, 1) || literalsOf(rule).front().getRelation() != relation)
    return false;
  const Variables result = resultOf(rule);
  return result.size() == 2 && result == plainVariables(literalsOf(rule).front());
}

bool Closure::match() {
  if (fixpoint.getTolerance() || fixpoint.getMaxRounds() || fixpoint.getNumResults() != 1 ||
      !ir::isRelation(fixpoint.getResult(0).getType()) || ir::rankOf(fixpoint.getResult(0).getType()) != 2)
    return false;
  Value value = cast<ir::NextOp>(body.getTerminator()).getTensors()[0];
  SmallVector<Operation *> chain;
  for (; auto rule = value.getDefiningOp<ir::ComprehensionOpInterface>(); value = rule.getDest()) {
    if (rule->getBlock() != &body || !value.hasOneUse())
      return false;
    const Shape shape = shapeOf(rule);
    if (shape == Shape::Other || (step && (shape == Shape::Doubled || shape == Shape::Prefixed)))
      return false;
    if (shape == Shape::Independent)
      independent.push_back(rule);
    else if (shape == Shape::Converse)
      converses.push_back(rule);
    else
      step = rule;
    chain.push_back(rule);
  }
  root = value;
  std::reverse(independent.begin(), independent.end());
  const bool usesOnlyInChain = llvm::all_of(body.getArgument(0).getUsers(), [&](Operation *user) {
    return llvm::is_contained(chain, body.findAncestorOpInBlock(*user));
  });
  if (!step || !usesOnlyInChain || isCarried(root))
    return false;
  return shapeOf(step) == Shape::Doubled ||
         (converses.empty() && independent.size() == 1 && root.getDefiningOp<ir::EmptyOp>() &&
          isCopyOf(independent[0], literalsOf(step)[0].getRelation()));
}

Value Closure::writeConverse(OpBuilder &builder, Value base) {
  Location location = step.getLoc();
  auto both = ir::ContractOp::create(builder, location, base.getType(), ir::Monoid::Or, base);
  OpBuilder inside = OpBuilder::atBlockEnd(&both.getBody().emplaceBlock());
  SmallVector<Value> variables;
  for (StringRef name : {"x", "y"})
    variables.push_back(ir::IndexOp::create(inside, location, inside.getIndexType(),
                                            inside.getStringAttr(name), IntegerAttr(), IntegerAttr()));
  auto identity = AffineMapAttr::get(inside.getMultiDimIdentityMap(2));
  ir::LiteralOp::create(inside, location, base, variables, identity, UnitAttr());
  std::swap(variables[0], variables[1]);
  ir::YieldOp::create(inside, location, Value(), variables, identity);
  return both.getCombined();
}

void Closure::rewrite() {
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator()))
    if (&op != step && !llvm::is_contained(converses, dyn_cast<ir::ComprehensionOpInterface>(op)))
      op.moveBefore(fixpoint);
  Value base = root;
  for (ir::ComprehensionOpInterface rule : independent) {
    rule->setOperand(0, base);
    base = rule->getResult(0);
  }
  OpBuilder builder(fixpoint);
  if (!converses.empty())
    base = writeConverse(builder, base);
  ir::LiteralOp first = literalsOf(step)[0], second = literalsOf(step)[1];
  first->setOperand(0, body.getArgument(0));
  second->setOperand(0, base);
  step->setOperand(0, base);
  body.getTerminator()->setOperand(0, step->getResult(0));
  for (ir::ComprehensionOpInterface rule : converses)
    rule->dropAllReferences();
  for (ir::ComprehensionOpInterface rule : converses) {
    rule->dropAllUses();
    rule->erase();
  }
  fixpoint->setOperand(0, base);
}

class LinearizeClosures : public impl::LinearizeClosuresBase<LinearizeClosures> {
public:
  void runOnOperation() override {
    SmallVector<ir::FixpointOp> fixpoints;
    getOperation().walk([&](ir::FixpointOp op) { fixpoints.push_back(op); });
    for (ir::FixpointOp fixpoint : fixpoints) {
      Closure closure(fixpoint);
      if (closure.match())
        closure.rewrite();
    }
  }
};

} // namespace

} // namespace tl::passes
