// The reverse of a scan.
#include "passes/derive/Derivation.h"
#include "passes/derive/Prepare.h"
#include "passes/plan/NarrowScans.h"

#include "ir/tl/TlTypes.h"

#include "llvm/ADT/SetVector.h"

namespace tl::passes {

using namespace mlir;

namespace {

ir::ScanOp outermostScan(Operation *op) {
  ir::ScanOp outermost;
  for (auto scan = op->getParentOfType<ir::ScanOp>(); scan; scan = scan->getParentOfType<ir::ScanOp>())
    outermost = scan;
  return outermost;
}

bool isInside(Value value, Operation *op) {
  return op->isAncestor(value.getParentBlock()->getParentOp());
}

bool carries(ir::ScanOp scan, Value root) {
  return llvm::any_of(scan.getInits(), [&](Value init) { return rootOf(init) == root; });
}

/// Whether the equation reads only what is known without running the step: data and what the scan carries.
bool readsFinished(ir::ComprehensionOpInterface equation, ir::ScanOp scan) {
  WalkResult result = equation.getBody().walk([&](Operation *nested) {
    for (Value operand : nested->getOperands())
      if (!ir::isScalar(operand.getType()) && isInside(rootOf(operand), scan))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return !result.wasInterrupted();
}

/// Takes out of `scan` what it combines into what it carries as number `entry`, all of which is known:
/// `finished`.
ir::ScanOp withFinished(ir::ScanOp scan, unsigned entry, Value finished) {
  SmallVector<Operation *> equations;
  Value state = scan.getBody().front().getArgument(entry + 1);
  while (state) {
    Operation *equation = nullptr;
    for (OpOperand &use : state.getUses())
      if (isa<ir::ComprehensionOpInterface>(use.getOwner()) && use.getOperandNumber() == 0)
        equation = use.getOwner();
    state.replaceAllUsesWith(finished);
    if (equation)
      equations.push_back(equation);
    state = equation ? equation->getResult(0) : Value();
  }
  for (Operation *equation : llvm::reverse(equations))
    equation->erase();
  return withoutEntry(scan, entry);
}

} // namespace

bool isRunAgain(ir::ScanOp scan) {
  ir::ScanOp outermost = scan ? outermostScan(scan) : scan;
  return outermost && canRunAgain(scan) &&
         llvm::any_of(scan.getInits(), [&](Value init) { return isInside(rootOf(init), outermost); });
}

/// What a step contributes to a tensor that the scan does not carry is needed by no other step: the sum over
/// all steps is one contraction after the reverse scan, in which the position is an index like any other.
bool Derivation::isPostponed(ir::ComprehensionOpInterface equation, ir::AtOp read) {
  ir::ScanOp scan = outermostScan(equation);
  if (!scan)
    return false;
  Value target = rootOf(read.getTensor());
  return !carries(scan, target) && !isInside(target, scan) &&
         !isInside(rootOf(equation.getCombined()), scan) && readsFinished(equation, scan);
}

/// The chains outside of `scan` that its reverse steps combine cotangents into.
SmallVector<Value> Derivation::writtenBy(ir::ScanOp scan) {
  llvm::SetVector<Value> roots;
  scan.walk([&](ir::ComprehensionOpInterface equation) {
    if (!activity.reaches(equation.getCombined()))
      return;
    for (ir::AtOp read : activity.activeReads(equation)) {
      Value root = rootOf(read.getTensor());
      if (!isInside(root, scan) && !isPostponed(equation, read))
        roots.insert(root);
    }
  });
  return roots.takeVector();
}

/// scan t { X[f(t)] += v(X, t) } has the cotangent scan t, the other way, { dX[..] += dX[f(t)] dv/dX }: a
/// step reads finished elements of X, those of the forward scan's result, and finished elements of dX, those
/// that later steps have combined into.
void Derivation::derive(ir::ScanOp scan) {
  if (llvm::none_of(scan.getResults(), [&](Value result) { return cotangents.contains(rootOf(result)); }))
    return;
  SmallVector<ir::ComprehensionOpInterface> equations;
  scan.walk([&](ir::ComprehensionOpInterface equation) {
    if (activity.reaches(equation.getCombined()) && !activity.activeReads(equation).empty())
      equations.push_back(equation);
  });
  const bool isOutermost = !outermostScan(scan);
  if (isOutermost)
    for (ir::ComprehensionOpInterface equation : equations)
      if (Value root = rootOf(equation.getCombined()); !isInside(root, scan))
        prepareShares(root, equation.getMonoid());
  reverse(scan, writtenBy(scan));
  for (ir::ComprehensionOpInterface equation : llvm::reverse(equations))
    if (isOutermost && cotangents.contains(rootOf(equation.getCombined())))
      for (ir::AtOp read : activity.activeReads(equation))
        if (isPostponed(equation, read))
          addReadCotangent(equation, read);
}

/// The states of a scan that begins in a step of the scan around it, which that one does not keep: the scan
/// once more, before its reverse, without what it adds to tensors that are kept.
void Derivation::runAgain(ir::ScanOp scan) {
  IRMapping copies;
  scan->walk([&](Operation *nested) {
    for (Value operand : nested->getOperands()) {
      if (scan->isAncestor(operand.getParentBlock()->getParentOp()))
        continue;
      Value position = forwards.lookupOrNull(operand);
      copies.map(operand,
                 ir::isScalar(operand.getType()) ? (position ? position : operand) : forward(operand));
    }
  });
  Operation *around = outermostScan(scan);
  SmallVector<Value> states, finished;
  // Before there is a copy, which is a use of what is finished.
  for (auto [init, result] : llvm::zip(scan.getInits(), scan.getResults())) {
    const bool isState = isInside(rootOf(init), around);
    finished.push_back(isState ? Value() : forward(init));
    if (isState)
      states.push_back(result);
  }
  auto again = cast<ir::ScanOp>(builder.clone(*scan, copies));
  for (unsigned entry = scan.getNumResults(); entry-- > 0;)
    if (finished[entry])
      again = withFinished(again, entry, finished[entry]);
  for (auto [state, computed] : llvm::zip(states, again.getResults()))
    forwards.map(state, computed);
}

void Derivation::reverse(ir::ScanOp scan, ArrayRef<Value> roots) {
  for (Value result : scan.getResults())
    if (isRunAgain(scan) && isInside(rootOf(result), outermostScan(scan)))
      forward(result);
  Block &steps = scan.getBody().front();
  SmallVector<Value> inits;
  for (Value root : roots)
    inits.push_back(accumulator(root, root.getType(), scan.getLoc()));
  SmallVector<Type> types(ValueRange(inits).getTypes());
  UnitAttr descending = scan.getDescending() ? UnitAttr() : builder.getUnitAttr();
  auto back = ir::ScanOp::create(builder, scan.getLoc(), types, scan.getNameAttr(), scan.getBeginAttr(),
                                 scan.getEndAttr(), descending, inits, ArrayAttr());
  Block &body = back.getBody().emplaceBlock();
  const IRMapping outside = forwards;
  forwards.map(steps.getArgument(0), body.addArgument(builder.getIndexType(), scan.getLoc()));
  for (auto [root, type] : llvm::zip(roots, types))
    cotangents[root] = body.addArgument(type, scan.getLoc());
  {
    OpBuilder::InsertionGuard after(builder);
    builder.setInsertionPointToEnd(&body);
    deriveBlock(steps);
    SmallVector<Value> next = llvm::map_to_vector(roots, [&](Value root) { return cotangents.lookup(root); });
    ir::NextOp::create(builder, scan.getLoc(), next);
  }
  forwards = outside;
  forgetInside(scan);
  for (auto [root, result] : llvm::zip(roots, back.getResults()))
    cotangents[root] = result;
}

/// Cotangents of what a body computes for itself end with the body.
void Derivation::forgetInside(Operation *op) {
  SmallVector<Value> local;
  for (auto [root, cotangent] : cotangents)
    if (isInside(root, op))
      local.push_back(root);
  for (Value root : local) {
    cotangents.erase(root);
    winning.erase(root);
    factored.erase(root);
  }
}

} // namespace tl::passes
