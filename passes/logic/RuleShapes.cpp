// Rules made of nothing but literals of variables.
#include "passes/logic/RuleShapes.h"

#include "llvm/ADT/STLExtras.h"

namespace tl::passes {

using namespace mlir;

namespace {

Variables plainVariables(AffineMap map, OperandRange indices, Block *block) {
  Variables variables;
  for (AffineExpr argument : map.getResults()) {
    auto dimension = dyn_cast<AffineDimExpr>(argument);
    auto variable = dimension ? indices[dimension.getPosition()].getDefiningOp<ir::IndexOp>() : ir::IndexOp();
    if (!variable || variable->getBlock() != block || llvm::is_contained(variables, variable))
      return {};
    variables.push_back(variable);
  }
  return variables;
}

} // namespace

Variables plainVariables(ir::LiteralOp literal) {
  return plainVariables(literal.getMap(), literal.getIndices(), literal->getBlock());
}

Variables plainVariables(ir::YieldOp yield) {
  return yield.getMap() ? plainVariables(*yield.getMap(), yield.getIndices(), yield->getBlock())
                        : Variables();
}

bool hasOnlyLiterals(ir::ComprehensionOpInterface rule, std::size_t count) {
  std::size_t literals = 0;
  for (Operation &op : rule.getBody().front()) {
    auto literal = dyn_cast<ir::LiteralOp>(op);
    if (!isa<ir::IndexOp, ir::YieldOp>(op) && (!literal || literal.getNegated()))
      return false;
    literals += literal ? 1 : 0;
  }
  return literals == count;
}

} // namespace tl::passes
