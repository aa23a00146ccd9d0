// Trends of values, from what a rule reads to what it yields.
#include "passes/logic/Monotone.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinAttributes.h"

#include "llvm/ADT/STLExtras.h"

namespace tl::passes {

using namespace mlir;

namespace {

Trend flipped(Trend trend) {
  return trend == Trend::Rises ? Trend::Falls : trend == Trend::Falls ? Trend::Rises : trend;
}

/// Of a value that follows both.
Trend joined(Trend a, Trend b) {
  if (a == Trend::Still || a == b)
    return b;
  return b == Trend::Still ? a : Trend::Unknown;
}

/// The number that a value always is.
std::optional<double> constantOf(Value value) {
  while (auto cast = value.getDefiningOp<ir::CastOp>())
    value = cast.getOperand();
  auto number = value.getDefiningOp<ir::NumberOp>();
  if (!number)
    return std::nullopt;
  if (auto integer = dyn_cast<IntegerAttr>(number.getValue()))
    return static_cast<double>(integer.getInt());
  if (auto real = dyn_cast<FloatAttr>(number.getValue()))
    return real.getValueAsDouble();
  return std::nullopt;
}

class RuleTrends {
public:
  RuleTrends(ir::ComprehensionOpInterface rule, const llvm::DenseMap<Value, Trend> &carried)
      : rule(rule), carried(carried) {}

  bool run() {
    return llvm::all_of(rule.getBody().front(), [&](Operation &op) { return accept(op); });
  }

private:
  bool accept(Operation &op) {
    if (auto where = dyn_cast<ir::WhereOp>(op))
      return isStillOr(where.getCondition(), Trend::Rises);
    if (auto yield = dyn_cast<ir::YieldOp>(op))
      return acceptYield(yield);
    if (auto at = dyn_cast<ir::AtOp>(op))
      return acceptRead(at);
    if (auto apply = dyn_cast<ir::ApplyOp>(op))
      trends[apply.getResult()] = trendOf(apply);
    else if (auto cast = dyn_cast<ir::CastOp>(op))
      trends[cast.getResult()] = trendOf(cast.getOperand());
    else
      return areStill(op);
    return true;
  }

  bool acceptRead(ir::AtOp at) {
    if (!llvm::all_of(at.getIndices(), [&](Value index) { return isStillOr(index, Trend::Still); }))
      return false;
    trends[at.getElement()] = carried.lookup(at.getTensor());
    return trends[at.getElement()] == Trend::Still || !at.getDefaulted();
  }

  bool acceptYield(ir::YieldOp yield) {
    const bool isAtOnePlace =
        llvm::all_of(yield.getIndices(), [&](Value index) { return isStillOr(index, Trend::Still); });
    return isAtOnePlace && (!yield.getValue() || isStillOr(yield.getValue(), trendUnder(rule.getMonoid())));
  }

  /// Whatever stands inside `op`, nothing that it uses changes.
  bool areStill(Operation &op) {
    WalkResult result = op.walk([&](Operation *nested) {
      const bool isStill = llvm::all_of(nested->getOperands(),
                                        [&](Value operand) { return isStillOr(operand, Trend::Still); });
      return isStill ? WalkResult::advance() : WalkResult::interrupt();
    });
    return !result.wasInterrupted();
  }

  bool isStillOr(Value value, Trend wanted) const {
    const Trend trend = trendOf(value);
    return trend == Trend::Still || trend == wanted;
  }

  /// A carried tensor itself, as against its elements, is nothing to compute with.
  Trend trendOf(Value value) const { return carried.contains(value) ? Trend::Unknown : trends.lookup(value); }

  Trend trendOf(ir::ApplyOp apply) const {
    const StringRef primitive = apply.getPrimitive();
    SmallVector<Trend> given =
        llvm::map_to_vector(apply->getOperands(), [&](Value operand) { return trendOf(operand); });
    if (llvm::all_of(given, [](Trend trend) { return trend == Trend::Still; }))
      return Trend::Still;
    static constexpr llvm::StringLiteral rising[] = {"add",  "min",   "max",  "and",      "or",   "relu",
                                                     "step", "floor", "ceil", "stopgrad", "sign", "round"};
    static constexpr llvm::StringLiteral falling[] = {"neg", "not"};
    if (llvm::is_contained(rising, primitive))
      return joinedAll(given);
    if (llvm::is_contained(falling, primitive))
      return flipped(given[0]);
    if (primitive == "sub" || primitive == "gt" || primitive == "ge")
      return joined(given[0], flipped(given[1]));
    if (primitive == "lt" || primitive == "le")
      return joined(flipped(given[0]), given[1]);
    if (primitive == "where" && given[0] == Trend::Still)
      return joined(given[1], given[2]);
    if (primitive == "mul" || primitive == "div" || primitive == "floordiv")
      return trendOfProduct(apply, given);
    return Trend::Unknown;
  }

  static Trend joinedAll(ArrayRef<Trend> given) {
    Trend all = Trend::Still;
    for (Trend trend : given)
      all = joined(all, trend);
    return all;
  }

  /// By a constant other than 0; infinity times 0 is no number.
  static Trend trendOfProduct(ir::ApplyOp apply, ArrayRef<Trend> given) {
    std::optional<double> factor = constantOf(apply->getOperand(1));
    Trend other = given[0];
    if (!factor && apply.getPrimitive() == "mul") {
      factor = constantOf(apply->getOperand(0));
      other = given[1];
    }
    if (!factor || !(*factor > 0 || *factor < 0))
      return Trend::Unknown;
    return *factor > 0 ? other : flipped(other);
  }

  ir::ComprehensionOpInterface rule;
  const llvm::DenseMap<Value, Trend> &carried;
  llvm::DenseMap<Value, Trend> trends;
};

} // namespace

Trend trendUnder(ir::Monoid monoid) {
  return monoid == ir::Monoid::Max ? Trend::Rises : monoid == ir::Monoid::Min ? Trend::Falls : Trend::Unknown;
}

bool isMonotone(ir::ComprehensionOpInterface rule, const llvm::DenseMap<Value, Trend> &carried) {
  return RuleTrends(rule, carried).run();
}

} // namespace tl::passes
