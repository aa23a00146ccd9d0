// Fixpoints of relations, and of tensors under max and min, as rounds over what changed.
#include "passes/Passes.h"
#include "passes/logic/LiteralVersion.h"
#include "passes/logic/Monotone.h"

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

/// The rules of a fixpoint, by the carried relation or tensor they combine into.
class RecursiveRules {
public:
  RecursiveRules(ir::FixpointOp fixpoint, bool carriesTensors)
      : fixpoint(fixpoint), body(fixpoint.getBody().front()), carriesTensors(carriesTensors) {}

  /// Reads the body; false when it is not a set of rules that read carried relations through positive
  /// literals, and elements of carried tensors so that a better element never makes a result worse.
  bool analyze();
  void rewrite();

private:
  struct Chain {
    Value root;                                      ///< the facts, or what is there without any rule
    SmallVector<ir::ComprehensionOpInterface> rules; ///< in source order
  };

  bool findDependent();
  bool followChain(Value value, unsigned carried);
  bool readsPositively(ir::ComprehensionOpInterface rule);
  bool areMonotone();
  bool isDriven(ir::ComprehensionOpInterface rule) const;
  SmallVector<Operation *> recursiveReads(Operation *rule) const;
  bool startsFromNothing(unsigned carried);
  void hoistIndependent();
  void fillStart(Block &start);
  void fillStep(Block &step);
  void readChanged(Operation *rule, std::size_t changed, Block &step) const;
  Operation *derive(OpBuilder &builder, ir::ComprehensionOpInterface rule, Value &current) const;

  ir::FixpointOp fixpoint;
  Block &body;
  bool carriesTensors;
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
    return rule && (ir::isRelation(rule.getDest().getType()) || ir::isPartial(rule.getDest().getType()));
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

/// The literals of carried relations and the elements read of carried tensors.
SmallVector<Operation *> RecursiveRules::recursiveReads(Operation *rule) const {
  SmallVector<Operation *> reads;
  for (Operation &op : rule->getRegion(0).front())
    if (isa<ir::LiteralOp, ir::AtOp>(op) && isCarried(op.getOperand(0), body))
      reads.push_back(&op);
  return reads;
}

/// What is carried stands in positive literals and reads of the rule itself, not in projections, tests or
/// negations.
bool RecursiveRules::readsPositively(ir::ComprehensionOpInterface rule) {
  Block *own = &rule.getBody().front();
  WalkResult result = rule.getBody().walk([&](Operation *nested) {
    auto literal = dyn_cast<ir::LiteralOp>(nested);
    const bool isRead = isa<ir::AtOp>(nested) || (literal && !literal.getNegated());
    const bool isPositive = isRead && nested->getBlock() == own;
    for (Value operand : nested->getOperands()) {
      const bool readsRule = chained.contains(operand.getDefiningOp());
      if (readsRule || (isCarried(operand, body) && !isPositive))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return !result.wasInterrupted();
}

/// Each tensor is under one of max and min, its elements have places, and every rule is monotone.
bool RecursiveRules::areMonotone() {
  llvm::DenseMap<Value, Trend> carried;
  for (auto [argument, chain] : llvm::zip_equal(body.getArguments(), chains)) {
    if (ir::isRelation(argument.getType()))
      continue;
    RankedTensorType type = ir::denseType(argument.getType());
    const bool isOwn = isa_and_nonnull<ir::EmptyOp, ir::ReadOp>(chain.root.getDefiningOp());
    if (chain.rules.empty() || !isOwn || type.getRank() == 0 || type.getElementType().isInteger(1))
      return false;
    const Trend trend = trendUnder(chain.rules.front().getMonoid());
    const bool isOne = llvm::all_of(chain.rules, [&](ir::ComprehensionOpInterface rule) {
      return trendUnder(rule.getMonoid()) == trend;
    });
    if (trend == Trend::Unknown || !isOne)
      return false;
    carried[argument] = trend;
  }
  if (carried.empty())
    return true;
  return llvm::all_of(chains, [&](const Chain &chain) {
    return llvm::all_of(chain.rules, [&](ir::ComprehensionOpInterface rule) {
      return isMonotone(rule, carried) && isDriven(rule);
    });
  });
}

/// In each delta rule literals, that of the changed places included, give a value to every variable. Where
/// one runs over its whole range, a round computes as fast from scratch, in lanes.
bool RecursiveRules::isDriven(ir::ComprehensionOpInterface rule) const {
  Block &block = rule.getBody().front();
  auto addVariables = [](Operation &read, llvm::SmallPtrSetImpl<Operation *> &variables) {
    for (Value index : read.getOperands().drop_front())
      variables.insert(index.getDefiningOp());
  };
  llvm::SmallPtrSet<Operation *, 8> generated;
  for (ir::LiteralOp literal : block.getOps<ir::LiteralOp>())
    if (!literal.getNegated())
      addVariables(*literal, generated);
  SmallVector<Operation *> reads = recursiveReads(rule);
  if (llvm::none_of(reads, llvm::IsaPred<ir::AtOp>))
    return true;
  return llvm::all_of(reads, [&](Operation *read) {
    llvm::SmallPtrSet<Operation *, 8> known(generated);
    addVariables(*read, known);
    return llvm::all_of(block.getOps<ir::IndexOp>(),
                        [&](ir::IndexOp index) { return known.contains(index); });
  });
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
  auto isCarriable = [&](Type type) {
    return ir::isRelation(type) || (carriesTensors && ir::isPartial(type));
  };
  if (fixpoint.getToleranceAttr() || !llvm::all_of(fixpoint.getInits().getTypes(), isCarriable))
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
  return llvm::all_of(chains,
                      [&](const Chain &chain) {
                        return llvm::all_of(chain.rules, [&](ir::ComprehensionOpInterface rule) {
                          return readsPositively(rule);
                        });
                      }) &&
         areMonotone();
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

/// A copy of `rule` that combines into `current`, which becomes its result.
Operation *RecursiveRules::derive(OpBuilder &builder, ir::ComprehensionOpInterface rule,
                                  Value &current) const {
  IRMapping mapping;
  Operation *copy = builder.clone(*rule, mapping);
  copy->setOperand(0, current);
  if (!ir::isRelation(current.getType()))
    copy->setAttr(kTracked, builder.getUnitAttr());
  current = copy->getResult(0);
  return copy;
}

void RecursiveRules::fillStart(Block &start) {
  SmallVector<Value> current(start.getArguments());
  OpBuilder builder = OpBuilder::atBlockEnd(&start);
  for (auto [carried, chain] : llvm::enumerate(chains))
    for (ir::ComprehensionOpInterface rule : chain.rules)
      if (recursiveReads(rule).empty())
        derive(builder, rule, current[carried]);
  finishPhase(start, fixpoint.getLoc(), current);
}

/// Read number `changed` of a delta rule reads what changed, a literal before it old rows, one behind it all
/// rows. Elements are read as they are before the round; for those that changed, a literal of their places
/// says which.
void RecursiveRules::readChanged(Operation *rule, std::size_t changed, Block &step) const {
  SmallVector<Value> before(body.getNumArguments()), places(body.getNumArguments());
  unsigned next = body.getNumArguments();
  for (BlockArgument argument : body.getArguments())
    if (!ir::isRelation(argument.getType())) {
      before[argument.getArgNumber()] = step.getArgument(next++);
      places[argument.getArgNumber()] = step.getArgument(next++);
    }
  for (auto [position, read] : llvm::enumerate(recursiveReads(rule))) {
    if (auto literal = dyn_cast<ir::LiteralOp>(read)) {
      setVersion(literal, position < changed    ? plan::Version::Old
                          : position == changed ? plan::Version::Delta
                                                : plan::Version::Full);
      continue;
    }
    auto at = cast<ir::AtOp>(read);
    const unsigned carried = cast<BlockArgument>(at.getTensor()).getArgNumber();
    at->setOperand(0, before[carried]);
    if (position != changed)
      continue;
    OpBuilder builder(at);
    auto literal = ir::LiteralOp::create(builder, at.getLoc(), places[carried], at.getIndices(),
                                         at.getMapAttr(), UnitAttr());
    setVersion(literal, plan::Version::Delta);
  }
}

/// The delta rule. With Full = Old + Delta in each of n recursive literals,
///   L1 .. Ln over Full  ==  L1 .. Ln over Old  +  sum over i of (Old for L1 .. Li-1, Delta for Li, Full for
///   Li+1 .. Ln),
/// and the first term was derived in the round before. For elements the same holds with those that got better
/// as Delta; that max and min are idempotent makes it harmless to read the others in their new state.
void RecursiveRules::fillStep(Block &step) {
  SmallVector<Value> current(step.getArguments().take_front(chains.size()));
  OpBuilder builder = OpBuilder::atBlockEnd(&step);
  for (auto [carried, chain] : llvm::enumerate(chains))
    for (ir::ComprehensionOpInterface rule : chain.rules) {
      const std::size_t reads = recursiveReads(rule).size();
      for (std::size_t changed = 0; changed < reads; ++changed)
        readChanged(derive(builder, rule, current[carried]), changed, step);
    }
  auto isInStep = [&](OpOperand &use) {
    return step.getParent()->isAncestor(use.getOwner()->getParentRegion());
  };
  for (BlockArgument outer : body.getArguments())
    outer.replaceUsesWithIf(step.getArgument(outer.getArgNumber()), isInStep);
  finishPhase(step, fixpoint.getLoc(), current);
}

void RecursiveRules::rewrite() {
  hoistIndependent();
  OpBuilder builder(fixpoint);
  SmallVector<Value> roots = llvm::map_to_vector(chains, [](const Chain &chain) { return chain.root; });
  auto rounds = plan::SemiNaiveOp::create(builder, fixpoint.getLoc(), fixpoint.getResultTypes(), roots,
                                          fixpoint.getMaxRoundsAttr(), fixpoint.getNamesAttr());
  auto addPhase = [&](Region &phase, TypeRange taken) -> Block & {
    SmallVector<Location> locations(taken.size(), fixpoint.getLoc());
    phase.emplaceBlock().addArguments(taken, locations);
    return phase.front();
  };
  fillStart(addPhase(rounds.getStart(), fixpoint.getResultTypes()));
  fillStep(addPhase(rounds.getStep(), plan::SemiNaiveOp::stepTypes(fixpoint.getResultTypes())));
  llvm::SetVector<Value> inits(fixpoint.getInits().begin(), fixpoint.getInits().end());
  fixpoint->replaceAllUsesWith(rounds->getResults());
  fixpoint->erase();
  for (Value init : inits)
    if (Operation *definition = init.getDefiningOp(); definition && isOpTriviallyDead(definition))
      definition->erase();
}

class MakeSemiNaive : public impl::MakeSemiNaiveBase<MakeSemiNaive> {
public:
  using MakeSemiNaiveBase::MakeSemiNaiveBase;

  void runOnOperation() override {
    SmallVector<ir::FixpointOp> fixpoints;
    getOperation().walk([&](ir::FixpointOp op) { fixpoints.push_back(op); });
    for (ir::FixpointOp fixpoint : fixpoints) {
      RecursiveRules rules(fixpoint, carriesTensors);
      if (rules.analyze())
        rules.rewrite();
    }
  }
};

} // namespace

} // namespace tl::passes
