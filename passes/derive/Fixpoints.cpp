// Fixpoints by implicit differentiation.
#include "passes/derive/Derivation.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

/// At convergence X = f(X, W). With g the cotangent that X has from outside, the increment l of the
/// equations' values solves l = g + (df/dX)' l, a fixpoint of the same kind, and dW = (df/dW)' l: the
/// cotangents of the body once more.
void Derivation::derive(ir::FixpointOp fixpoint) {
  SmallVector<unsigned> carried;
  for (auto [number, result] : llvm::enumerate(fixpoint.getResults()))
    if (activity.reaches(result))
      carried.push_back(number);
  if (llvm::none_of(carried,
                    [&](unsigned number) { return cotangents.contains(fixpoint.getResult(number)); }))
    return;
  const IRMapping outside = forwards;
  Block &body = fixpoint.getBody().front();
  for (auto [argument, result] : llvm::zip(body.getArguments(), fixpoint.getResults()))
    forwards.map(argument, forward(result));
  if (!fixpoint.getTolerance())
    chooseDerivations(fixpoint, carried);
  const llvm::DenseMap<Value, Value> chosen = winning;
  SmallVector<Value> solved = solveAdjoint(fixpoint, carried);
  winning = chosen;
  for (auto [number, increment] : llvm::zip(carried, solved)) {
    cotangents[rootOf(body.getTerminator()->getOperand(number))] = increment;
    cotangents[fixpoint.getResult(number)] = increment;
  }
  isWanted = [&](Value root) { return !llvm::is_contained(body.getArguments(), root); };
  deriveBlock(body);
  isWanted = nullptr;
  forgetInside(fixpoint);
  forwards = outside;
}

/// The contributions of a chain of `max=` or `min=` equations that attain the limit, combined by min: by
/// element their least rank, or, with `own` the ranks of this chain, the number of the first one of that
/// rank. The rank of an assignment is one more than the largest of the elements it reads, that of data is -1.
Value Derivation::attained(Value root, const llvm::DenseMap<Value, Value> &ranks, Value own) {
  Value final = forward(finalOf(root));
  RankedTensorType type = ir::denseType(root.getType()).clone(builder.getI64Type());
  Value first = ir::EmptyOp::create(builder, root.getLoc(), ir::PartialType::get(type.getContext(), type),
                                    ir::Monoid::Min);
  if (!root.getDefiningOp<ir::EmptyOp>())
    first = beginners(forward(root), final, first);
  for (auto [number, equation] : llvm::enumerate(equationsOf(root))) {
    auto yielded = cast<ir::YieldOp>(equation.getBody().front().back());
    first = variant(equation, ir::Monoid::Min, first, [&](EquationCopy &copy, Value value) {
      ScalarBuilder scalars(copy.builder, equation.getLoc());
      auto require = [&](Value lhs, Value rhs) {
        ir::WhereOp::create(copy.builder, equation.getLoc(), scalars.compare("eq", lhs, rhs));
      };
      require(asStored(scalars, value), readAtYield(copy, final, yielded));
      Value rank = rankOf(copy, equation, ranks);
      if (!own)
        return rank;
      require(rank, readAtYield(copy, own, yielded));
      return contributionNumber(copy, equation, number);
    });
  }
  return first;
}

Value Derivation::rankOf(EquationCopy &copy, ir::ComprehensionOpInterface equation,
                         const llvm::DenseMap<Value, Value> &ranks) {
  ScalarBuilder scalars(copy.builder, equation.getLoc());
  Value largest = scalars.integer(-1);
  equation.getBody().walk([&](ir::AtOp read) {
    Value rank = ranks.lookup(read.getTensor());
    if (!rank)
      return;
    if (read->getParentOp() != equation.getOperation()) {
      unsupported("a reduction inside a recursion with 'max=' or 'min='");
      return;
    }
    Value element = ir::AtOp::create(copy.builder, read.getLoc(), builder.getI64Type(), rank,
                                     copy.of(read.getIndices()), read.getMap());
    largest = scalars.apply("max", {largest, element});
  });
  return scalars.apply("add", {largest, scalars.integer(1)});
}

/// Each element of the limit has its cotangent go to one assignment that attains it. Ranks, a least fixpoint
/// themselves, keep the choice well-founded: an assignment that goes around a cycle of length 0 is never
/// chosen.
void Derivation::chooseDerivations(ir::FixpointOp fixpoint, ArrayRef<unsigned> carried) {
  Block &steps = fixpoint.getBody().front();
  Location place = fixpoint.getLoc();
  SmallVector<Value> inits;
  for (unsigned number : carried) {
    RankedTensorType type = ir::denseType(steps.getArgument(number).getType()).clone(builder.getI64Type());
    inits.push_back(
        ir::EmptyOp::create(builder, place, ir::PartialType::get(type.getContext(), type), ir::Monoid::Min));
  }
  auto ranking = ir::FixpointOp::create(builder, place, ValueRange(inits).getTypes(), inits, FloatAttr(),
                                        IntegerAttr(), ArrayAttr());
  Block &body = ranking.getBody().emplaceBlock();
  llvm::DenseMap<Value, Value> ranks;
  const IRMapping outside = forwards;
  for (unsigned number : carried)
    ranks[steps.getArgument(number)] = body.addArgument(inits[ranks.size()].getType(), place);
  auto rootOfNext = [&](unsigned number) { return rootOf(steps.getTerminator()->getOperand(number)); };
  {
    OpBuilder::InsertionGuard after(builder);
    builder.setInsertionPointToEnd(&body);
    SmallVector<Value> next;
    for (unsigned number : carried)
      next.push_back(attained(rootOfNext(number), ranks, Value()));
    ir::NextOp::create(builder, place, next);
  }
  forwards = outside;
  for (auto [number, result] : llvm::zip(carried, ranking.getResults()))
    ranks[steps.getArgument(number)] = result;
  for (unsigned number : carried)
    winning[rootOfNext(number)] =
        attained(rootOfNext(number), ranks, ranks.lookup(steps.getArgument(number)));
}

/// The fixpoint l = g + (df/dX)' l, begun at 0. Where derivations were chosen it ends exactly, after at most
/// as many rounds as there are elements.
SmallVector<Value> Derivation::solveAdjoint(ir::FixpointOp fixpoint, ArrayRef<unsigned> carried) {
  Block &forwardBody = fixpoint.getBody().front();
  Location place = fixpoint.getLoc();
  SmallVector<Value> outer, inits;
  for (unsigned number : carried) {
    Value result = fixpoint.getResult(number);
    outer.push_back(accumulator(result, result.getType(), place));
    inits.push_back(zeros(result.getType(), place));
  }
  SmallVector<Attribute> names;
  for (unsigned number : carried)
    if (fixpoint.getNames())
      names.push_back(
          builder.getStringAttr("d" + cast<StringAttr>((*fixpoint.getNames())[number]).getValue()));
  std::int64_t elements = 2;
  for (Value init : inits)
    elements += cast<RankedTensorType>(init.getType()).getNumElements();
  auto adjoint = ir::FixpointOp::create(
      builder, place, ValueRange(inits).getTypes(), inits, fixpoint.getToleranceAttr(),
      fixpoint.getTolerance() ? fixpoint.getMaxRoundsAttr() : builder.getI64IntegerAttr(elements),
      names.empty() ? ArrayAttr() : builder.getArrayAttr(names));
  Block &body = adjoint.getBody().emplaceBlock();
  OpBuilder::InsertionGuard after(builder);
  builder.setInsertionPointToEnd(&body);
  const IRMapping outside = forwards;
  for (auto [number, external] : llvm::zip(carried, outer)) {
    Value increment = body.addArgument(external.getType(), place);
    cotangents[rootOf(forwardBody.getTerminator()->getOperand(number))] = increment;
    cotangents[forwardBody.getArgument(number)] = duplicate(external, place);
  }
  isWanted = [&](Value root) { return fixpoint->isAncestor(root.getParentBlock()->getParentOp()); };
  deriveBlock(forwardBody);
  isWanted = nullptr;
  SmallVector<Value> next;
  for (unsigned number : carried)
    next.push_back(cotangents.lookup(forwardBody.getArgument(number)));
  ir::NextOp::create(builder, place, next);
  forgetInside(fixpoint);
  forwards = outside;
  return SmallVector<Value>(adjoint.getResults());
}

} // namespace tl::passes
