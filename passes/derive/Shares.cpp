// What of an element's cotangent each of its contributions gets.
#include "passes/derive/Derivation.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

namespace {

/// Positions within one equation stay below, the number of the equation stands above.
constexpr unsigned kPositionBits = 48;

bool isOne(Value cotangent) {
  auto empty = cotangent.getDefiningOp<ir::EmptyOp>();
  return empty && empty.getMonoid() == ir::Monoid::Multiply;
}

/// Whether every assignment of `op`, in all steps of the scans around it, reaches an element of its own.
bool reachesEachOnce(ir::ComprehensionOpInterface op) {
  Block &body = op.getBody().front();
  Place place = placeOf(cast<ir::YieldOp>(body.back()));
  auto hasOwn = [&](Value index) { return hasOwnAxis(place.map, place.indices, index); };
  // What a step computes for itself is another tensor in the next step.
  Region *computed = rootOf(op.getCombined()).getParentRegion();
  for (auto scan = op->getParentOfType<ir::ScanOp>(); scan; scan = scan->getParentOfType<ir::ScanOp>())
    if (!scan->isAncestor(computed->getParentOp()) && !hasOwn(scan.getBody().front().getArgument(0)))
      return false;
  return llvm::all_of(body.getOps<ir::IndexOp>(),
                      [&](ir::IndexOp index) { return hasOwn(index.getValue()); });
}

} // namespace

Value asStored(ScalarBuilder &scalars, Value value) {
  Type type = value.getType();
  return type.isF32() ? scalars.cast(scalars.cast(value, scalars.builder.getF64Type()), type) : value;
}

/// The product of all factors but `factor`, from the product of those that are not 0 and how many are 0.
Value exceptOne(ScalarBuilder &scalars, Value product, Value zeros, Value factor) {
  Value isOnlyZero = scalars.both(scalars.compare("eq", zeros, scalars.integer(1)),
                                  scalars.compare("eq", factor, scalars.real(0, factor.getType())));
  return scalars.select(scalars.compare("eq", zeros, scalars.integer(0)), scalars.divide(product, factor),
                        scalars.keepWhere(isOnlyZero, product));
}

/// The number of the assignment among those of `block`, its first variable slowest, in a copy of the
/// declarations.
Value Derivation::linearPosition(EquationCopy &copy, Block &block, Operation *around) {
  ScalarBuilder scalars(copy.builder, around->getLoc());
  Value sum = scalars.integer(0);
  std::int64_t room = std::int64_t{1} << kPositionBits;
  auto add = [&](Value index, Interval range) {
    const std::int64_t count = std::max<std::int64_t>(1, range.upper - range.lower + 1);
    room /= count;
    Value own = scalars.apply("sub", {scalars.position(copy.of(index)), scalars.integer(range.lower)});
    sum = scalars.apply("add", {scalars.apply("mul", {sum, scalars.integer(count)}), own});
  };
  if (isa<ir::ComprehensionOpInterface>(around))
    for (auto scan = around->getParentOfType<ir::ScanOp>(); scan; scan = scan->getParentOfType<ir::ScanOp>())
      add(scan.getBody().front().getArgument(0),
          {scan.getBeginAttr().getInt(), scan.getEndAttr().getInt() - 1});
  for (ir::IndexOp index : block.getOps<ir::IndexOp>())
    add(index.getValue(), declaredRange(index).value_or(kAnyCell));
  if (room == 0)
    unsupported("a 'max' or 'min' over this many assignments");
  return sum;
}

/// By element, the number of the contribution that attained the maximum or minimum of the chain at `root`:
/// the first equation and in it the first assignment; -1 for what the chain begins with. Null when each
/// element has only one.
Value Derivation::winners(Value root) {
  auto [known, isNew] = winning.try_emplace(root);
  if (!isNew)
    return known->second;
  SmallVector<ir::ComprehensionOpInterface> equations = equationsOf(root);
  const bool beginsEmpty = static_cast<bool>(root.getDefiningOp<ir::EmptyOp>());
  if (equations.size() == 1 && beginsEmpty && reachesEachOnce(equations.front()))
    return {};
  Value final = forward(finalOf(root));
  RankedTensorType type = ir::denseType(root.getType()).clone(builder.getI64Type());
  Value first = ir::EmptyOp::create(builder, root.getLoc(), ir::PartialType::get(type.getContext(), type),
                                    ir::Monoid::Min);
  if (!beginsEmpty)
    first = beginners(forward(root), final, first);
  for (auto [number, equation] : llvm::enumerate(equations)) {
    auto yielded = cast<ir::YieldOp>(equation.getBody().front().back());
    first = variant(equation, ir::Monoid::Min, first, [&](EquationCopy &copy, Value value) {
      ScalarBuilder scalars(copy.builder, equation.getLoc());
      Value attained = readAtYield(copy, final, yielded);
      ir::WhereOp::create(copy.builder, equation.getLoc(),
                          scalars.compare("eq", asStored(scalars, value), attained));
      return contributionNumber(copy, equation, number);
    });
  }
  return winning[root] = first;
}

Value Derivation::contributionNumber(EquationCopy &copy, ir::ComprehensionOpInterface equation,
                                     std::int64_t number) {
  ScalarBuilder scalars(copy.builder, equation.getLoc());
  Value position = linearPosition(copy, equation.getBody().front(), equation);
  return scalars.apply("add", {position, scalars.integer(number << kPositionBits)});
}

/// -1 where the chain already began with what it ends with.
Value Derivation::beginners(Value begin, Value final, Value dest) {
  ArrayRef<std::int64_t> shape = ir::denseType(begin.getType()).getShape();
  SmallVector<bool> kept(shape.size(), true);
  return alongAxes(ir::Monoid::Min, dest, shape, {{begin}, {final}}, kept, begin.getLoc(),
                   [&](ScalarBuilder &scalars, ValueRange elements) {
                     ir::WhereOp::create(scalars.builder, scalars.location,
                                         scalars.compare("eq", elements[0], elements[1]));
                     return scalars.integer(-1);
                   });
}

/// By element of a chain of products: the product of the factors that are not 0, and how many are 0.
std::pair<Value, Value> Derivation::factors(Value root) {
  auto [known, isNew] = factored.try_emplace(root);
  if (!isNew)
    return known->second;
  Location place = root.getLoc();
  RankedTensorType type = ir::denseType(root.getType());
  Value product = ir::EmptyOp::create(builder, place, type, ir::Monoid::Multiply);
  Value count = ir::EmptyOp::create(builder, place, type.clone(builder.getI64Type()), ir::Monoid::Add);
  auto whereZero = [](ScalarBuilder &scalars, Value value, StringRef comparison) {
    Value holds = scalars.compare(comparison, value, scalars.real(0, value.getType()));
    ir::WhereOp::create(scalars.builder, scalars.location, holds);
  };
  auto nonzero = [&](ScalarBuilder &scalars, Value value) {
    whereZero(scalars, value, "ne");
    return value;
  };
  auto oneIfZero = [&](ScalarBuilder &scalars, Value value) {
    whereZero(scalars, value, "eq");
    return scalars.integer(1);
  };
  if (!root.getDefiningOp<ir::EmptyOp>()) {
    SmallVector<bool> kept(type.getRank(), true);
    Value begin = forward(root);
    product = alongAxes(ir::Monoid::Multiply, product, type.getShape(), {{begin}}, kept, place,
                        [&](ScalarBuilder &scalars, ValueRange read) { return nonzero(scalars, read[0]); });
    count = alongAxes(ir::Monoid::Add, count, type.getShape(), {{begin}}, kept, place,
                      [&](ScalarBuilder &scalars, ValueRange read) { return oneIfZero(scalars, read[0]); });
  }
  for (ir::ComprehensionOpInterface equation : equationsOf(root)) {
    auto with = [&](ir::Monoid monoid, Value dest, llvm::function_ref<Value(ScalarBuilder &, Value)> finish) {
      return variant(equation, monoid, dest, [&](EquationCopy &copy, Value value) {
        ScalarBuilder scalars(copy.builder, equation.getLoc());
        return finish(scalars, value);
      });
    };
    product = with(ir::Monoid::Multiply, product, nonzero);
    count = with(ir::Monoid::Add, count, oneIfZero);
  }
  return factored[root] = {product, count};
}

Cotangent Derivation::seed(EquationCopy &copy, ir::ComprehensionOpInterface op) {
  ScalarBuilder scalars(copy.builder, op.getLoc());
  Value root = rootOf(op.getCombined());
  auto yielded = cast<ir::YieldOp>(op.getBody().front().back());
  Value whole = cotangents.lookup(root);
  Value value = copy.of(yielded.getValue());
  Value element = isOne(whole) ? scalars.real(1, value.getType()) : readAtYield(copy, whole, yielded);
  switch (op.getMonoid()) {
  case ir::Monoid::Add:
    return {element, Value()};
  case ir::Monoid::Max:
  case ir::Monoid::Min: {
    Value first = winning.lookup(root);
    if (!first)
      return {element, Value()};
    SmallVector<ir::ComprehensionOpInterface> equations = equationsOf(root);
    const std::int64_t number = llvm::find(equations, op) - equations.begin();
    Value isFirst =
        scalars.compare("eq", readAtYield(copy, first, yielded), contributionNumber(copy, op, number));
    ir::WhereOp::create(copy.builder, op.getLoc(), isFirst);
    return {element, Value()};
  }
  case ir::Monoid::Multiply: {
    auto [product, zeros] = factored.lookup(root);
    Value others =
        exceptOne(scalars, readAtYield(copy, product, yielded), readAtYield(copy, zeros, yielded), value);
    return {scalars.multiply(element, others), Value()};
  }
  case ir::Monoid::Average:
  case ir::Monoid::Or:
    break;
  }
  llvm_unreachable("averages were split, and nothing under 'or' has a cotangent");
}

/// Prepares what the shares of the chain at `root` need, outside of every equation and scan that uses it.
void Derivation::prepareShares(Value root, ir::Monoid monoid) {
  if (monoid == ir::Monoid::Max || monoid == ir::Monoid::Min)
    winners(root);
  if (monoid == ir::Monoid::Multiply)
    factors(root);
}

} // namespace tl::passes
