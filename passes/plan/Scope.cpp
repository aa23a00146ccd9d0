// Dependencies between the declarations of one block.
#include "passes/plan/Scope.h"

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
