// Recursive rules whose first join is worth a relation of its own.
#include "passes/Passes.h"
#include "passes/logic/RowEstimates.h"
#include "passes/logic/RuleShapes.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"

#include <optional>

namespace tl::passes {

#define GEN_PASS_DEF_SPLITRULES
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Two literals of a rule, and what their join has to keep.
struct Split {
  ir::ComprehensionOpInterface rule;
  ir::LiteralOp given;     ///< of a relation that the recursion does not change
  ir::LiteralOp recursive; ///< of one that it adds to
  Variables kept;
  double fanOut = 0; ///< rows of `given` for one row of `recursive`
};

/// A rule with two recursive literals looks, for a new row of one, through all rows of the other. When a
/// given relation selects few of those, `H(y,w) <- E(y,x), P(x,z), P(z,w)` is
///   M(y,z) <- E(y,x), P(x,z)     H(y,w) <- M(y,z), P(z,w)
/// where M is small, forgets x, and has each of its rows once. Law: a join may be taken in any order, and
/// what only two literals mention may be projected out of their join.
class RuleSplitter {
public:
  explicit RuleSplitter(ir::FixpointOp fixpoint) : fixpoint(fixpoint), body(fixpoint.getBody().front()) {}

  void run() {
    // More rounds than the program asks for would be taken for no convergence.
    if (fixpoint.getTolerance() || fixpoint.getMaxRounds())
      return;
    SmallVector<Split> splits;
    for (auto rule : body.getOps<ir::ComprehensionOpInterface>())
      if (std::optional<Split> split = bestSplit(rule))
        splits.push_back(*split);
    if (splits.empty())
      return;
    for (Split &split : splits)
      apply(split);
    rebuild();
  }

private:
  bool isRecursive(ir::LiteralOp literal) const {
    auto argument = dyn_cast<BlockArgument>(literal.getRelation());
    return argument && argument.getOwner() == &body;
  }

  std::optional<Split> bestSplit(ir::ComprehensionOpInterface rule) const {
    SmallVector<ir::LiteralOp> given, recursive;
    for (ir::LiteralOp literal : rule.getBody().front().getOps<ir::LiteralOp>())
      if (!literal.getNegated())
        (isRecursive(literal) ? recursive : given).push_back(literal);
    if (recursive.size() < 2 || !ir::isRelation(rule.getDest().getType()))
      return std::nullopt;
    std::optional<Split> best;
    for (ir::LiteralOp first : given)
      for (ir::LiteralOp second : recursive)
        if (std::optional<Split> split = splitAt(rule, first, second);
            split && (!best || split->fanOut < best->fanOut))
          best = split;
    return best;
  }

  std::optional<Split> splitAt(ir::ComprehensionOpInterface rule, ir::LiteralOp given,
                               ir::LiteralOp recursive) const {
    // A relation about as large as the other's domain selects nothing.
    constexpr double largestFanOut = 0.5;
    const Variables ofGiven = plainVariables(given), ofRecursive = plainVariables(recursive);
    llvm::SetVector<Operation *> all;
    all.insert(ofGiven.begin(), ofGiven.end());
    all.insert(ofRecursive.begin(), ofRecursive.end());
    Split split{rule, given, recursive, {}, estimatedRows(given.getRelation())};
    bool forgets = false;
    for (Operation *op : all) {
      auto variable = cast<ir::IndexOp>(op);
      const bool isKept = llvm::any_of(variable->getUsers(),
                                       [&](Operation *user) { return user != given && user != recursive; });
      if (isKept)
        split.kept.push_back(variable);
      const auto *inRecursive = llvm::find(ofRecursive, variable);
      if (inRecursive == ofRecursive.end() || !llvm::is_contained(ofGiven, variable))
        continue;
      forgets |= !isKept;
      const auto column = static_cast<std::size_t>(inRecursive - ofRecursive.begin());
      split.fanOut /= estimatedCells(estimatedRows(recursive.getRelation()),
                                     recursive.getRelation().getType().getBounds()[column]);
    }
    const bool isSmaller = !split.kept.empty() && split.kept.size() <= ofRecursive.size();
    return forgets && isSmaller && split.fanOut <= largestFanOut ? std::optional(split) : std::nullopt;
  }

  /// The bound of the column that `variable` stands in.
  static std::int64_t boundOf(ir::IndexOp variable, const Split &split) {
    std::int64_t least = -1;
    for (ir::LiteralOp literal : {split.given, split.recursive})
      for (auto [position, other] : llvm::enumerate(plainVariables(literal)))
        if (const std::int64_t bound = literal.getRelation().getType().getBounds()[position];
            other == variable && bound >= 0)
          least = least < 0 ? bound : std::min(least, bound);
    return least;
  }

  StringRef nameOf(Value relation) {
    if (auto read = relation.getDefiningOp<ir::ReadOp>())
      return read.getName();
    auto argument = dyn_cast<BlockArgument>(relation);
    std::optional<ArrayAttr> names = fixpoint.getNames();
    if (argument && argument.getOwner() == &body && names && argument.getArgNumber() < names->size())
      return cast<StringAttr>((*names)[argument.getArgNumber()]).getValue();
    return "a relation";
  }

  void apply(Split &split) {
    Location location = split.rule.getLoc();
    SmallVector<std::int64_t> bounds =
        llvm::map_to_vector(split.kept, [&](ir::IndexOp variable) { return boundOf(variable, split); });
    OpBuilder builder(split.rule);
    auto type = ir::RelationType::get(builder.getContext(), bounds);
    auto name = builder.getStringAttr(nameOf(split.given.getRelation()) + " & " +
                                      nameOf(split.recursive.getRelation()));
    Value empty = ir::EmptyOp::create(builder, location, type, ir::Monoid::Or, name);
    auto joined = ir::ContractOp::create(builder, location, type, ir::Monoid::Or, empty);
    writeJoin(split, joined);
    added.push_back({type, name, joined.getCombined()});
    Value carried = body.addArgument(type, location);
    builder.setInsertionPoint(split.recursive);
    SmallVector<Value> variables(split.kept.begin(), split.kept.end());
    ir::LiteralOp::create(builder, location, carried, variables,
                          AffineMapAttr::get(builder.getMultiDimIdentityMap(variables.size())), UnitAttr());
    Variables mentioned = plainVariables(split.given);
    llvm::append_range(mentioned, plainVariables(split.recursive));
    split.given->erase();
    split.recursive->erase();
    for (ir::IndexOp variable : llvm::SmallSetVector<ir::IndexOp, 4>(mentioned.begin(), mentioned.end()))
      if (variable->use_empty())
        variable->erase();
  }

  void writeJoin(const Split &split, ir::ContractOp joined) {
    OpBuilder builder = OpBuilder::atBlockEnd(&joined.getBody().emplaceBlock());
    IRMapping mapping;
    for (ir::LiteralOp literal : {split.given, split.recursive})
      for (ir::IndexOp variable : plainVariables(literal))
        if (!mapping.contains(variable.getResult()))
          builder.clone(*variable, mapping);
    builder.clone(*split.given, mapping);
    builder.clone(*split.recursive, mapping);
    SmallVector<Value> place;
    for (ir::IndexOp variable : split.kept)
      place.push_back(mapping.lookup(variable.getResult()));
    ir::YieldOp::create(builder, joined.getLoc(), Value(), place,
                        AffineMapAttr::get(builder.getMultiDimIdentityMap(place.size())));
  }

  /// The fixpoint with the joins among what it carries.
  void rebuild() {
    OpBuilder builder(fixpoint);
    SmallVector<Value> inits(fixpoint.getInits());
    SmallVector<Type> types(fixpoint.getResultTypes());
    SmallVector<Attribute> names;
    if (fixpoint.getNames())
      names.assign(fixpoint.getNames()->begin(), fixpoint.getNames()->end());
    auto next = cast<ir::NextOp>(body.getTerminator());
    for (const Added &join : added) {
      inits.push_back(ir::EmptyOp::create(builder, fixpoint.getLoc(), join.type, ir::Monoid::Or, join.name));
      types.push_back(join.type);
      if (fixpoint.getNames())
        names.push_back(join.name);
      next.getTensorsMutable().append(join.combined);
    }
    auto wider = ir::FixpointOp::create(builder, fixpoint.getLoc(), types, inits, FloatAttr(), IntegerAttr(),
                                        fixpoint.getNames() ? builder.getArrayAttr(names) : ArrayAttr());
    wider.getBody().takeBody(fixpoint.getBody());
    fixpoint->replaceAllUsesWith(wider->getResults().take_front(fixpoint->getNumResults()));
    fixpoint->erase();
  }

  struct Added {
    ir::RelationType type;
    StringAttr name;
    Value combined;
  };

  ir::FixpointOp fixpoint;
  Block &body;
  SmallVector<Added> added;
};

class SplitRules : public impl::SplitRulesBase<SplitRules> {
public:
  void runOnOperation() override {
    SmallVector<ir::FixpointOp> fixpoints;
    getOperation().walk([&](ir::FixpointOp op) { fixpoints.push_back(op); });
    for (ir::FixpointOp fixpoint : fixpoints)
      RuleSplitter(fixpoint).run();
  }
};

} // namespace

} // namespace tl::passes
