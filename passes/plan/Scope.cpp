// Dependencies between the declarations of one block.
#include "passes/plan/Scope.h"

#include "ir/plan/PlanOps.h"

#include "llvm/ADT/StringSwitch.h"

#include <cstdlib>
#include <utility>

namespace tl::passes {

using namespace mlir;

Place placeOf(ir::AtOp at) {
  return {at.getMap(), at.getIndices()};
}
Place placeOf(ir::LiteralOp literal) {
  return {literal.getMap(), literal.getIndices()};
}
Place placeOf(ir::TestOp test) {
  return {test.getMap(), test.getIndices()};
}
Place placeOf(ir::YieldOp yield) {
  return {*yield.getMap(), yield.getIndices()};
}

namespace {

/// The position of a scan, which is one value for a whole comprehension or kernel.
bool isPosition(Value index) {
  auto argument = dyn_cast<BlockArgument>(index);
  return argument && isa<ir::ScanOp, plan::KernelOp>(argument.getOwner()->getParentOp());
}

} // namespace

bool hasOwnAxis(AffineMap map, ValueRange indices, Value variable) {
  return llvm::any_of(map.getResults(), [&](AffineExpr coordinate) {
    std::optional<std::int64_t> coefficient;
    for (auto [dimension, index] : llvm::enumerate(indices))
      if (coordinate.isFunctionOfDim(dimension)) {
        if (index != variable && isPosition(index))
          continue;
        if (index != variable)
          return false;
        coefficient = coefficientOf(coordinate, dimension);
      }
    return coefficient && *coefficient != 0;
  });
}

bool dropsWhenEmpty(ir::Projection kind) {
  switch (kind) {
  case ir::Projection::Sum:
  case ir::Projection::Prod:
  case ir::Projection::Any:
  case ir::Projection::All:
  case ir::Projection::Count:
    return false;
  case ir::Projection::Max:
  case ir::Projection::Min:
  case ir::Projection::Mean:
  case ir::Projection::ArgMax:
  case ir::Projection::ArgMin:
    return true;
  }
  llvm_unreachable("unknown projection");
}

namespace {

/// The index value of which `value` is a cast to i64.
Value indexOf(Value value) {
  auto cast = value.getDefiningOp<ir::CastOp>();
  const bool isIndex =
      cast && cast.getResult().getType().isInteger(64) && isa<IndexType>(cast.getOperand().getType());
  return isIndex ? cast.getOperand() : Value();
}

std::optional<std::int64_t> constantOf(Value value) {
  auto number = value.getDefiningOp<ir::NumberOp>();
  auto integer = number ? dyn_cast<IntegerAttr>(number.getValue()) : IntegerAttr();
  return integer && integer.getType().isInteger(64) ? std::optional(integer.getInt()) : std::nullopt;
}

/// The values x for which x `comparison` bound.
std::optional<Interval> rangeOf(StringRef comparison, std::int64_t bound) {
  if (comparison == "lt")
    return Interval{-kFar, bound - 1};
  if (comparison == "le")
    return Interval{-kFar, bound};
  if (comparison == "gt")
    return Interval{bound + 1, kFar};
  if (comparison == "ge")
    return Interval{bound, kFar};
  if (comparison == "eq")
    return Interval{bound, bound};
  return std::nullopt;
}

StringRef mirrored(StringRef comparison) {
  return llvm::StringSwitch<StringRef>(comparison)
      .Case("lt", "gt")
      .Case("le", "ge")
      .Case("gt", "lt")
      .Case("ge", "le")
      .Default(comparison);
}

} // namespace

std::optional<RangeCondition> rangeConditionOf(ir::WhereOp where) {
  auto apply = where.getCondition().getDefiningOp<ir::ApplyOp>();
  if (!apply || apply.getOperands().size() != 2)
    return std::nullopt;
  Value lhs = apply.getOperands()[0], rhs = apply.getOperands()[1];
  StringRef comparison = apply.getPrimitive();
  if (constantOf(lhs)) {
    std::swap(lhs, rhs);
    comparison = mirrored(comparison);
  }
  std::optional<std::int64_t> bound = constantOf(rhs);
  // `t - 1 < 3` is a condition on t.
  auto sum = lhs.getDefiningOp<ir::ApplyOp>();
  std::optional<std::int64_t> offset =
      sum && sum.getPrimitive() == "add" ? constantOf(sum.getOperand(1)) : std::nullopt;
  if (bound && offset && std::abs(*bound) < kFar && std::abs(*offset) < kFar) {
    lhs = sum.getOperand(0);
    bound = *bound - *offset;
  }
  Value index = indexOf(lhs);
  // A bound beyond every index would overflow the arithmetic on ranges.
  if (!index || !bound || std::abs(*bound) >= kFar)
    return std::nullopt;
  std::optional<Interval> range = rangeOf(comparison, *bound);
  return range ? std::optional(RangeCondition{index, *range}) : std::nullopt;
}

std::optional<Interval> scanRange(Value index) {
  auto argument = dyn_cast<BlockArgument>(index);
  auto scan = argument && argument.getArgNumber() == 0
                  ? dyn_cast<ir::ScanOp>(argument.getOwner()->getParentOp())
                  : ir::ScanOp();
  if (!scan)
    return std::nullopt;
  return Interval{scan.getBeginAttr().getInt(), scan.getEndAttr().getInt() - 1};
}

std::optional<Interval> declaredRange(ir::IndexOp variable) {
  if (!variable.getLowerAttr())
    return std::nullopt;
  return Interval{variable.getLowerAttr().getInt(), variable.getUpperAttr().getInt() - 1};
}

Scope::Scope(Block &block) : block(block) {
  for (Operation &op : block) {
    if (auto variable = dyn_cast<ir::IndexOp>(op)) {
      numbers[variable.getResult()] = indexes.size();
      indexes.push_back(variable);
    } else if (!isa<ir::YieldOp>(op)) {
      others.push_back(&op);
    }
  }
  for (Operation &op : block) {
    VariableSet set = none();
    op.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        set |= needs(operand);
    });
    needed[&op] = set;
  }
}

ir::YieldOp Scope::yield() const {
  return cast<ir::YieldOp>(block.back());
}

std::optional<unsigned> Scope::number(Value value) const {
  auto found = numbers.find(value);
  if (found == numbers.end())
    return std::nullopt;
  return found->second;
}

const VariableSet &Scope::needs(Operation *declaration) const {
  auto found = needed.find(declaration);
  assert(found != needed.end() && "a declaration of another scope");
  return found->second;
}

VariableSet Scope::needs(Value value) const {
  VariableSet set = none();
  if (std::optional<unsigned> variable = number(value))
    set.set(*variable);
  else if (owns(value.getDefiningOp()))
    set = needs(value.getDefiningOp());
  return set;
}

} // namespace tl::passes
