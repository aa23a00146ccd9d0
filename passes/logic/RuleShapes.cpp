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

/// The range of a variable leaves out no row of the relation.
bool takesEveryRow(ir::LiteralOp literal) {
  for (auto [argument, bound] :
       llvm::zip_equal(literal.getMap().getResults(), literal.getRelation().getType().getBounds())) {
    auto dimension = dyn_cast<AffineDimExpr>(argument);
    auto variable = dimension ? literal.getIndices()[dimension.getPosition()].getDefiningOp<ir::IndexOp>()
                              : ir::IndexOp();
    if (!variable)
      continue;
    const bool isBelow = variable.getLower() && *variable.getLower() > 0;
    const bool isAbove =
        variable.getUpper() && (bound < 0 || static_cast<std::int64_t>(*variable.getUpper()) < bound);
    if (isBelow || isAbove)
      return false;
  }
  return true;
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
    if (!isa<ir::IndexOp, ir::YieldOp>(op) && (!literal || literal.getNegated() || !takesEveryRow(literal)))
      return false;
    literals += literal ? 1 : 0;
  }
  return literals == count;
}

} // namespace tl::passes
