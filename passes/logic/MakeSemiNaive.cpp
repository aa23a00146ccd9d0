// Fixpoints of relations as rounds over deltas.
#include "passes/Passes.h"
#include "passes/logic/LiteralVersion.h"

#include "ir/plan/PlanOps.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <algorithm>

namespace tl::passes {

#define GEN_PASS_DEF_MAKESEMINAIVE
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// The rules of a fixpoint, by the carried relation they add to.
class RecursiveRules {
public:
  explicit RecursiveRules(ir::FixpointOp fixpoint) : fixpoint(fixpoint), body(fixpoint.getBody().front()) {}

  /// Reads the body; false when it is not a set of rules that read carried relations through positive
  /// literals.
  bool analyze();
  void rewrite();

private:
  struct Chain {
    Value root;                                      ///< the facts
    SmallVector<ir::ComprehensionOpInterface> rules; ///< in source order
  };

  bool findDependent();
  bool followChain(Value value, unsigned carried);
  bool readsPositively(ir::ComprehensionOpInterface rule);
  SmallVector<ir::LiteralOp> recursiveLiterals(Operation *rule) const;
  bool startsFromNothing(unsigned carried);
  void hoistIndependent();
  void fillStart(Block &start);
  void fillStep(Block &step);

  ir::FixpointOp fixpoint;
  Block &body;
  llvm::SmallPtrSet<Operation *, 16> dependent; ///< ops of the body that read, at any depth, what is carried
  llvm::SmallPtrSet<Operation *, 16> chained;
  SmallVector<Chain> chains;
};

bool isCarried(Value value, Block &body) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner() == &body;
}

bool RecursiveRules::findDependent() {
  for (Operation &op : body.without_terminator()) {
    op.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (isCarried(operand, body) || dependent.contains(operand.getDefiningOp()))
          dependent.insert(&op);
    });
  }
  return llvm::all_of(dependent, [](Operation *op) {
    auto rule = dyn_cast<ir::ComprehensionOpInterface>(op);
    return rule && ir::isRelation(rule.getDest().getType());
  });
}

/// From the next value of a carried relation back to its facts.
bool RecursiveRules::followChain(Value value, unsigned carried) {
  Chain chain;
  while (auto rule = value.getDefiningOp<ir::ComprehensionOpInterface>()) {
    if (rule->getBlock() != &body || !value.hasOneUse())
      break;
    chained.insert(rule);
    chain.rules.push_back(rule);
    value = rule.getDest();
  }
  std::reverse(chain.rules.begin(), chain.rules.end());
  chain.root = value == body.getArgument(carried) ? fixpoint.getInits()[carried] : value;
  chains.push_back(chain);
  return !isCarried(chain.root, body) && !dependent.contains(chain.root.getDefiningOp());
}

SmallVector<ir::LiteralOp> RecursiveRules::recursiveLiterals(Operation *rule) const {
  SmallVector<ir::LiteralOp> literals;
  for (ir::LiteralOp literal : rule->getRegion(0).front().getOps<ir::LiteralOp>())
    if (isCarried(literal.getRelation(), body))
      literals.push_back(literal);
  return literals;
}

/// Carried relations stand in positive literals of the rule itself, not in projections, tests or negations.
bool RecursiveRules::readsPositively(ir::ComprehensionOpInterface rule) {
  Block *own = &rule.getBody().front();
  WalkResult result = rule.getBody().walk([&](Operation *nested) {
    auto literal = dyn_cast<ir::LiteralOp>(nested);
    const bool isPositive = literal && !literal.getNegated() && literal->getBlock() == own;
    for (Value operand : nested->getOperands()) {
      const bool readsRule = chained.contains(operand.getDefiningOp());
      if (readsRule || (isCarried(operand, body) && !isPositive))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return !result.wasInterrupted();
}

/// Rounds begin with the facts of the root, so the fixpoint itself must begin with no more than those.
bool RecursiveRules::startsFromNothing(unsigned carried) {
  Value init = fixpoint.getInits()[carried];
  Value root = chains[carried].root;
  auto initRead = init.getDefiningOp<ir::ReadOp>();
  auto rootRead = root.getDefiningOp<ir::ReadOp>();
  const bool sameFacts = initRead && rootRead && initRead.getName() == rootRead.getName();
  return init == root || sameFacts || init.getDefiningOp<ir::EmptyOp>();
}

bool RecursiveRules::analyze() {
  if (fixpoint.getToleranceAttr() || !llvm::all_of(fixpoint.getInits().getTypes(), ir::isRelation))
    return false;
  if (!findDependent())
    return false;
  auto next = cast<ir::NextOp>(body.getTerminator());
  for (auto [carried, value] : llvm::enumerate(next.getTensors()))
    if (!followChain(value, carried) || !startsFromNothing(carried))
      return false;
  for (Operation *op : dependent)
    if (!chained.contains(op))
      return false;
  return llvm::all_of(chains, [&](const Chain &chain) {
    return llvm::all_of(chain.rules,
                        [&](ir::ComprehensionOpInterface rule) { return readsPositively(rule); });
  });
}

/// What reads nothing carried is the same in every round: computed once, before.
void RecursiveRules::hoistIndependent() {
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator()))
    if (!dependent.contains(&op) && !chained.contains(&op))
      op.moveBefore(fixpoint);
}

void finishPhase(Block &block, Location location, ValueRange relations) {
  OpBuilder builder = OpBuilder::atBlockEnd(&block);
  ir::NextOp::create(builder, location, relations);
}

void RecursiveRules::fillStart(Block &start) {
  SmallVector<Value> current(start.getArguments());
  OpBuilder builder = OpBuilder::atBlockEnd(&start);
  for (auto [carried, chain] : llvm::enumerate(chains))
    for (ir::ComprehensionOpInterface rule : chain.rules) {
      if (!recursiveLiterals(rule).empty())
        continue;
      IRMapping mapping;
      mapping.map(rule.getDest(), current[carried]);
      current[carried] = builder.clone(*rule, mapping)->getResult(0);
    }
  finishPhase(start, fixpoint.getLoc(), current);
}

/// The delta rule. With Full = Old + Delta in each of n recursive literals,
///   L1 .. Ln over Full  ==  L1 .. Ln over Old  +  sum over i of (Old for L1 .. Li-1, Delta for Li, Full for
///   Li+1 .. Ln),
/// and the first term was derived in the round before.
void RecursiveRules::fillStep(Block &step) {
  SmallVector<Value> current(step.getArguments());
  OpBuilder builder = OpBuilder::atBlockEnd(&step);
  for (auto [carried, chain] : llvm::enumerate(chains))
    for (ir::ComprehensionOpInterface rule : chain.rules) {
      const std::size_t literals = recursiveLiterals(rule).size();
      for (std::size_t changed = 0; changed < literals; ++changed) {
        IRMapping mapping;
        Operation *copy = builder.clone(*rule, mapping);
        for (auto [position, literal] : llvm::enumerate(recursiveLiterals(copy)))
          setVersion(literal, position < changed    ? plan::Version::Old
                              : position == changed ? plan::Version::Delta
                                                    : plan::Version::Full);
        copy->setOperand(0, current[carried]);
        current[carried] = copy->getResult(0);
      }
    }
  auto isInStep = [&](OpOperand &use) {
    return step.getParent()->isAncestor(use.getOwner()->getParentRegion());
  };
  for (auto [outer, inner] : llvm::zip_equal(body.getArguments(), step.getArguments()))
    outer.replaceUsesWithIf(inner, isInStep);
  finishPhase(step, fixpoint.getLoc(), current);
}

void RecursiveRules::rewrite() {
  hoistIndependent();
  OpBuilder builder(fixpoint);
  SmallVector<Value> roots = llvm::map_to_vector(chains, [](const Chain &chain) { return chain.root; });
  auto rounds = plan::SemiNaiveOp::create(builder, fixpoint.getLoc(), fixpoint.getResultTypes(), roots,
                                          fixpoint.getMaxRoundsAttr(), fixpoint.getNamesAttr());
  SmallVector<Location> locations(roots.size(), fixpoint.getLoc());
  for (Region *phase : {&rounds.getStart(), &rounds.getStep()})
    phase->emplaceBlock().addArguments(fixpoint.getResultTypes(), locations);
  fillStart(rounds.getStart().front());
  fillStep(rounds.getStep().front());
  llvm::SetVector<Value> inits(fixpoint.getInits().begin(), fixpoint.getInits().end());
  fixpoint->replaceAllUsesWith(rounds->getResults());
  fixpoint->erase();
  for (Value init : inits)
    if (Operation *definition = init.getDefiningOp(); definition && isOpTriviallyDead(definition))
      definition->erase();
}

class MakeSemiNaive : public impl::MakeSemiNaiveBase<MakeSemiNaive> {
public:
  void runOnOperation() override {
    SmallVector<ir::FixpointOp> fixpoints;
    getOperation().walk([&](ir::FixpointOp op) { fixpoints.push_back(op); });
    for (ir::FixpointOp fixpoint : fixpoints) {
      RecursiveRules rules(fixpoint);
      if (rules.analyze())
        rules.rewrite();
    }
  }
};

} // namespace

} // namespace tl::passes
