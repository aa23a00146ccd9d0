// Chains of equations, and which of them change.
#include "passes/derive/Activity.h"

#include "passes/derive/Primitives.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

Value rootOf(Value value) {
  while (true) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto scan = dyn_cast<ir::ScanOp>(argument.getOwner()->getParentOp());
      if (!scan || argument.getArgNumber() == 0)
        return value;
      value = scan.getInits()[argument.getArgNumber() - 1];
    } else if (auto equation = value.getDefiningOp<ir::ComprehensionOpInterface>()) {
      value = equation.getDest();
    } else if (auto scan = value.getDefiningOp<ir::ScanOp>()) {
      value = scan.getInits()[cast<OpResult>(value).getResultNumber()];
    } else {
      return value;
    }
  }
}

namespace {

/// The value that takes over from `value` in its chain; null at the end.
Value nextInChain(Value value) {
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (isa<ir::ComprehensionOpInterface>(user) && use.getOperandNumber() == 0)
      return user->getResult(0);
    if (isa<ir::ScanOp>(user))
      return user->getResult(use.getOperandNumber());
    if (isa<ir::NextOp>(user))
      return user->getParentOp()->getResult(use.getOperandNumber());
  }
  return {};
}

void addEquations(Value value, SmallVectorImpl<ir::ComprehensionOpInterface> &into) {
  while (value) {
    Value next;
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      if (auto equation = dyn_cast<ir::ComprehensionOpInterface>(user);
          equation && use.getOperandNumber() == 0) {
        into.push_back(equation);
        next = equation.getCombined();
      } else if (auto scan = dyn_cast<ir::ScanOp>(user)) {
        addEquations(scan.getBody().front().getArgument(use.getOperandNumber() + 1), into);
        next = scan.getResult(use.getOperandNumber());
      }
    }
    value = next;
  }
}

bool passesCotangent(ir::Projection kind) {
  switch (kind) {
  case ir::Projection::Sum:
  case ir::Projection::Prod:
  case ir::Projection::Max:
  case ir::Projection::Min:
  case ir::Projection::Mean:
    return true;
  case ir::Projection::Any:
  case ir::Projection::All:
  case ir::Projection::Count:
  case ir::Projection::ArgMax:
  case ir::Projection::ArgMin:
    return false;
  }
  llvm_unreachable("every projection is handled");
}

bool isActive(Operation &op, llvm::function_ref<bool(ir::AtOp)> isSource, DenseSet<Value> &active) {
  if (auto at = dyn_cast<ir::AtOp>(op))
    return isa<FloatType>(at.getElement().getType()) && isSource(at);
  if (auto convert = dyn_cast<ir::CastOp>(op))
    return active.contains(convert.getOperand()) && isa<FloatType>(convert.getType());
  if (auto project = dyn_cast<ir::ProjectOp>(op)) {
    Block &body = project.getBody().front();
    markActive(body, isSource, active);
    return passesCotangent(project.getKind()) && active.contains(cast<ir::YieldOp>(body.back()).getValue());
  }
  auto apply = dyn_cast<ir::ApplyOp>(op);
  if (!apply || !isa<FloatType>(apply.getType()))
    return false;
  runtime::Primitive primitive = *runtime::findPrimitive(apply.getPrimitive());
  for (OpOperand &operand : apply->getOpOperands())
    if (active.contains(operand.get()) && isDifferentiable(primitive, operand.getOperandNumber()))
      return true;
  return false;
}

} // namespace

Value finalOf(Value value) {
  while (Value next = nextInChain(value))
    value = next;
  return value;
}

SmallVector<ir::ComprehensionOpInterface> equationsOf(Value root) {
  SmallVector<ir::ComprehensionOpInterface> equations;
  addEquations(root, equations);
  return equations;
}

void markActive(Block &block, llvm::function_ref<bool(ir::AtOp)> isSource, DenseSet<Value> &active) {
  for (Operation &op : block)
    if (isActive(op, isSource, active))
      active.insert(op.getResult(0));
}

Activity::Activity(ir::ProgramOp program, Value scalar, ValueRange tensors) {
  for (Value tensor : tensors)
    roots.insert(rootOf(tensor));
  auto untilNothingChanges = [&](llvm::function_ref<bool(Operation *)> add) {
    bool changed = true;
    while (changed) {
      changed = false;
      program.walk([&](Operation *op) { changed |= add(op); });
    }
  };
  untilNothingChanges([&](Operation *op) { return changes(op); });
  addUseful(scalar);
  untilNothingChanges([&](Operation *op) { return isReachedFrom(op); });
}

/// Adds the chains that `op` makes depend on the tensors; whether there were any new ones.
bool Activity::changes(Operation *op) {
  if (auto equation = dyn_cast<ir::ComprehensionOpInterface>(op))
    return !contains(equation.getCombined()) && !activeReads(equation).empty() &&
           roots.insert(rootOf(equation.getCombined())).second;
  if (auto normalize = dyn_cast<ir::NormalizeOp>(op)) // places do not move with the numbers
    return !ir::givesPlaces(normalize.getKind()) && contains(normalize.getTensor()) &&
           roots.insert(normalize.getNormalized()).second;
  bool changed = false;
  if (isa<ir::MatrixOp, ir::ExternalOp>(op) &&
      llvm::any_of(op->getOperands(), [&](Value operand) { return contains(operand); }))
    for (Value answer : op->getResults())
      changed |= roots.insert(answer).second;
  if (auto scan =
          dyn_cast<ir::ScanOp>(op)) // that carries only the present state is two chains: the old, the new
    for (auto [next, result] :
         llvm::zip(scan.getBody().front().getTerminator()->getOperands(), scan.getResults()))
      changed |= contains(next) && roots.insert(rootOf(result)).second;
  if (auto fixpoint = dyn_cast<ir::FixpointOp>(op)) {
    Block &body = fixpoint.getBody().front();
    for (auto [argument, next, result] :
         llvm::zip(body.getArguments(), body.getTerminator()->getOperands(), fixpoint.getResults()))
      if (contains(next) || contains(result)) {
        changed |= roots.insert(argument).second;
        changed |= roots.insert(rootOf(next)).second;
        changed |= roots.insert(result).second;
      }
  }
  return changed;
}

bool Activity::addUseful(Value tensor) {
  return contains(tensor) && useful.insert(rootOf(tensor)).second;
}

/// Adds the chains that what `op` computes depends on, when that is useful; whether there were any new ones.
bool Activity::isReachedFrom(Operation *op) {
  bool changed = false;
  if (auto equation = dyn_cast<ir::ComprehensionOpInterface>(op); equation && reaches(equation.getCombined()))
    for (ir::AtOp read : activeReads(equation))
      changed |= addUseful(read.getTensor());
  if (auto normalize = dyn_cast<ir::NormalizeOp>(op); normalize && reaches(normalize.getNormalized()))
    changed |= addUseful(normalize.getTensor());
  if (isa<ir::MatrixOp, ir::ExternalOp>(op) &&
      llvm::any_of(op->getResults(), [&](Value answer) { return reaches(answer); }))
    for (Value operand : op->getOperands())
      changed |= addUseful(operand);
  if (auto scan = dyn_cast<ir::ScanOp>(op))
    for (auto [next, result] :
         llvm::zip(scan.getBody().front().getTerminator()->getOperands(), scan.getResults()))
      changed |= reaches(result) && addUseful(next);
  if (auto fixpoint = dyn_cast<ir::FixpointOp>(op)) {
    Block &body = fixpoint.getBody().front();
    for (auto [argument, next, result] :
         llvm::zip(body.getArguments(), body.getTerminator()->getOperands(), fixpoint.getResults()))
      if (reaches(result) || reaches(argument)) {
        changed |= addUseful(argument);
        changed |= addUseful(next);
        changed |= addUseful(result);
      }
  }
  return changed;
}

SmallVector<ir::AtOp> Activity::activeReads(ir::ComprehensionOpInterface op) const {
  SmallVector<ir::AtOp> reads;
  if (ir::isRelation(op.getDest().getType()))
    return reads;
  Block &body = op.getBody().front();
  Value yielded = cast<ir::YieldOp>(body.back()).getValue();
  op.getBody().walk([&](ir::AtOp at) {
    if (!isa<FloatType>(at.getElement().getType()) || !contains(at.getTensor()))
      return;
    DenseSet<Value> active;
    markActive(body, [&](ir::AtOp other) { return other == at; }, active);
    if (active.contains(yielded))
      reads.push_back(at);
  });
  return reads;
}

} // namespace tl::passes
