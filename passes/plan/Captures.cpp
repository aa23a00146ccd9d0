// What a projection takes from the equation around it.
#include "passes/plan/Captures.h"

#include "passes/plan/Scope.h"

#include "mlir/IR/IRMapping.h"

namespace tl::passes {

using namespace mlir;

namespace {

void capture(Value value, Operation *comprehension, Captures &captures) {
  Operation *definition = value.getDefiningOp();
  if (!definition || !comprehension->isProperAncestor(definition))
    return;
  if (isa<ir::IndexOp>(definition)) {
    captures.variables.insert(value);
    return;
  }
  if (definition->getNumRegions() != 0) {
    captures.isClosed = false;
    return;
  }
  for (Value operand : definition->getOperands())
    capture(operand, comprehension, captures);
  captures.scalars.insert(value);
}

} // namespace

Captures capturesOf(ir::ProjectOp project, Operation *comprehension) {
  Captures captures;
  project.getBody().walk([&](Operation *nested) {
    for (Value operand : nested->getOperands()) {
      Operation *definition = operand.getDefiningOp();
      if (!definition || !project->isProperAncestor(definition))
        capture(operand, comprehension, captures);
    }
  });
  return captures;
}

std::optional<ir::Monoid> monoidOf(ir::Projection kind) {
  switch (kind) {
  case ir::Projection::Sum:
    return ir::Monoid::Add;
  case ir::Projection::Prod:
    return ir::Monoid::Multiply;
  case ir::Projection::Any:
    return ir::Monoid::Or;
  case ir::Projection::Max:
    return ir::Monoid::Max;
  case ir::Projection::Min:
    return ir::Monoid::Min;
  case ir::Projection::All:
  case ir::Projection::Count:
  case ir::Projection::Mean:
  case ir::Projection::ArgMax:
  case ir::Projection::ArgMin:
    return std::nullopt;
  }
  llvm_unreachable("unknown projection");
}

bool isDenseVariable(Value variable) {
  auto index = variable.getDefiningOp<ir::IndexOp>();
  return declaredRange(index) && llvm::none_of(variable.getUsers(), [&](Operation *user) {
           auto literal = dyn_cast<ir::LiteralOp>(user);
           return literal && !literal.getNegated() && literal->getBlock() == index->getBlock();
         });
}

void copyProjection(ir::ProjectOp project, const Captures &captures, Block &body, ValueRange positions) {
  OpBuilder builder = OpBuilder::atBlockEnd(&body);
  IRMapping mapping;
  for (Value variable : captures.variables)
    builder.clone(*variable.getDefiningOp(), mapping);
  for (Value scalar : captures.scalars)
    if (!mapping.contains(scalar))
      builder.clone(*scalar.getDefiningOp(), mapping);
  Block &source = project.getBody().front();
  for (Operation &declaration : source.without_terminator())
    builder.clone(declaration, mapping);
  auto yield = cast<ir::YieldOp>(source.getTerminator());
  SmallVector<Value> place(positions);
  for (Value variable : captures.variables)
    place.push_back(mapping.lookup(variable));
  AffineMap identity = builder.getMultiDimIdentityMap(place.size());
  ir::YieldOp::create(builder, yield.getLoc(), mapping.lookupOrDefault(yield.getValue()), place,
                      AffineMapAttr::get(identity));
}

} // namespace tl::passes
