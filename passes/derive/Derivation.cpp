// The walk backwards over a program.
#include "passes/derive/Derivation.h"

#include "passes/derive/Prepare.h"

#include "ir/tl/TlTypes.h"

#include "llvm/ADT/TypeSwitch.h"

namespace tl::passes {

using namespace mlir;

Location placeOf(ir::GradientOp gradient, unsigned number) {
  auto places = dyn_cast<FusedLoc>(gradient.getLoc());
  return places && places.getLocations().size() == gradient.getNumResults() ? places.getLocations()[number]
                                                                            : gradient.getLoc();
}

namespace {

/// `dW` for the chain of 'W'; none for what has no name.
StringAttr cotangentName(Value root) {
  StringRef name;
  if (auto empty = root.getDefiningOp<ir::EmptyOp>())
    name = empty.getName().value_or("");
  else if (auto read = root.getDefiningOp<ir::ReadOp>())
    name = read.getName();
  return name.empty() ? StringAttr() : StringAttr::get(root.getContext(), "d" + name);
}

} // namespace

Derivation::Derivation(ir::GradientOp gradient)
    : gradient(gradient), program(gradient->getParentOfType<ir::ProgramOp>()), builder(gradient),
      activity(program, gradient.getScalar(), gradient.getTensors()) {}

bool Derivation::unsupported(const Twine &what) {
  if (isRight)
    emitError(placeOf(gradient, 0)) << "the derivative of " << what << " is not supported yet";
  isRight = false;
  return false;
}

Value Derivation::zeros(Type type, Location place) {
  return ir::EmptyOp::create(builder, place, ir::denseType(type), ir::Monoid::Add);
}

Value Derivation::accumulator(Value root, Type type, Location place) {
  Value &sum = cotangents[root];
  if (!sum)
    sum = ir::EmptyOp::create(builder, place, ir::denseType(type), ir::Monoid::Add, cotangentName(root));
  else if (shared.contains(sum))
    sum = duplicate(sum, place);
  return sum;
}

Value Derivation::duplicate(Value tensor, Location place) {
  ArrayRef<std::int64_t> shape = ir::denseType(tensor.getType()).getShape();
  SmallVector<bool> kept(shape.size(), true);
  return alongAxes(ir::Monoid::Add, zeros(tensor.getType(), place), shape, {{tensor}}, kept, place,
                   [](ScalarBuilder &, ValueRange elements) { return elements[0]; });
}

Value Derivation::forward(Value value) {
  if (Value known = forwards.lookupOrNull(value))
    return known;
  if (value.getParentRegion()->isAncestor(builder.getInsertionBlock()->getParent()))
    return value;
  Value final = finalOf(value);
  if (final != value && final.getParentRegion() != value.getParentRegion())
    return forward(final);
  Value here = recompute(value);
  forwards.map(value, here);
  return here;
}

/// A copy of what computes `value` in a step of a recursion.
Value Derivation::recompute(Value value) {
  Operation *definition = value.getDefiningOp();
  if (auto scan = dyn_cast<ir::ScanOp>(definition); scan && isRunAgain(scan)) {
    runAgain(scan);
    return forwards.lookup(value);
  }
  IRMapping copies;
  definition->walk([&](Operation *nested) {
    for (Value operand : nested->getOperands()) {
      if (!ir::isScalar(operand.getType()) &&
          !definition->isAncestor(operand.getParentBlock()->getParentOp()))
        copies.map(operand, forward(operand));
      else if (auto position = dyn_cast<BlockArgument>(operand)) {
        Value here = forwards.lookupOrNull(position);
        if (!here)
          unsupported("'max=' or '*=' over what is normalised in the same step of a recursion");
        copies.map(operand, here ? here : position);
      }
    }
  });
  return builder.clone(*definition, copies)->getResult(cast<OpResult>(value).getResultNumber());
}

void Derivation::deriveBlock(Block &block) {
  for (Operation &op : llvm::reverse(block))
    if (&op != gradient && isRight)
      derive(op);
}

void Derivation::derive(Operation &op) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](ir::ComprehensionOpInterface equation) { derive(equation); })
      .Case([&](ir::NormalizeOp normalize) { derive(normalize); })
      .Case([&](ir::ScanOp scan) { derive(scan); })
      .Case([&](ir::FixpointOp fixpoint) { derive(fixpoint); })
      .Case([&](ir::MatrixOp matrix) { derive(matrix); })
      .Case([&](ir::ExternalOp external) { derive(external); })
      .Default(
          [](Operation *) {}); // data has no cotangent to pass on, and what is handed out none of its own
}

void Derivation::derive(ir::ComprehensionOpInterface equation) {
  Value root = rootOf(equation.getCombined());
  if (!cotangents.contains(root))
    return;
  SmallVector<ir::AtOp> reads = activity.activeReads(equation);
  if (!reads.empty())
    prepareShares(root, equation.getMonoid());
  for (ir::AtOp read : reads)
    if (!isPostponed(equation, read) && (!isWanted || isWanted(rootOf(read.getTensor()))))
      addReadCotangent(equation, read);
}

bool Derivation::run() {
  Value scalar = gradient.getScalar();
  // Ones: the scalar is a tensor of one element, and its derivative by itself is 1.
  cotangents[rootOf(scalar)] =
      ir::EmptyOp::create(builder, gradient.getLoc(), ir::denseType(scalar.getType()), ir::Monoid::Multiply);
  Block &block = *gradient->getBlock();
  for (Operation &op : llvm::reverse(llvm::make_range(block.begin(), gradient->getIterator())))
    if (isRight)
      derive(op);
  if (!isRight)
    return false;
  for (auto [tensor, derivative] : llvm::zip(gradient.getTensors(), gradient.getDerivatives())) {
    Value sum = cotangents.lookup(rootOf(tensor));
    if (!sum) {
      emitWarning(placeOf(gradient, derivative.getResultNumber())) << "the derivative is zero";
      sum = zeros(tensor.getType(), gradient.getLoc());
    }
    derivative.replaceAllUsesWith(sum);
  }
  gradient->erase();
  return true;
}

} // namespace tl::passes
