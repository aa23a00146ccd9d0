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
  if (!fixpoint.getTolerance()) {
    unsupported("a recursion with 'max=' or 'min=' to a fixpoint");
    return;
  }
  const IRMapping outside = forwards;
  Block &body = fixpoint.getBody().front();
  for (auto [argument, result] : llvm::zip(body.getArguments(), fixpoint.getResults()))
    forwards.map(argument, forward(result));
  SmallVector<Value> solved = solveAdjoint(fixpoint, carried);
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

/// The fixpoint l = g + (df/dX)' l, begun at 0.
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
      names.push_back((*fixpoint.getNames())[number]);
  auto adjoint = ir::FixpointOp::create(builder, place, ValueRange(inits).getTypes(), inits,
                                        fixpoint.getToleranceAttr(), fixpoint.getMaxRoundsAttr(),
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
