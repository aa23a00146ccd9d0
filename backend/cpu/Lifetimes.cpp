// How long the values of a program live, and which may change in place.
#include "backend/cpu/Lifetimes.h"

#include "ir/plan/PlanOps.h"
#include "ir/tile/TileOps.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

namespace tl::backend::cpu {

Lifetimes::Lifetimes(mlir::Operation *program) {
  for (mlir::Region &region : program->getRegions())
    for (mlir::Block &block : region)
      add(block);
}

void Lifetimes::add(mlir::Block &block) {
  for (mlir::BlockArgument argument : block.getArguments())
    add(argument, block.empty() ? nullptr : &block.front(), block);
  for (mlir::Operation &op : block) {
    if (mlir::isa<ir::EmptyOp>(op))
      addPrivate(op);
    for (mlir::Value result : op.getResults())
      add(result, &op, block);
    for (mlir::Region &region : op.getRegions())
      for (mlir::Block &inner : region)
        add(inner);
  }
}

/// Follows a new tensor through all that may be done to it in place.
void Lifetimes::addPrivate(mlir::Operation &origin) {
  llvm::SmallVector<mlir::Value> versions = {origin.getResult(0)};
  if (ir::isRelation(versions.front().getType()))
    return;
  for (std::size_t position = 0; position < versions.size(); ++position)
    for (mlir::Operation *user : versions[position].getUsers()) {
      if (user->getBlock() != origin.getBlock())
        return;
      auto call = mlir::dyn_cast<plan::CallOp>(user);
      auto product = mlir::dyn_cast<plan::ProductOp>(user);
      auto normalize = mlir::dyn_cast<ir::NormalizeOp>(user);
      if (!call && !product && !(normalize && !ir::isOrdered(normalize.getKind())))
        return;
      const bool isDest = (call && call.getDest() == versions[position]) ||
                          (product && product.getDest() == versions[position]) || normalize;
      if (isDest)
        versions.push_back(user->getResult(0));
    }
  privates.insert(versions.begin(), versions.end());
}

/// A value that nothing uses ends where it begins.
void Lifetimes::add(mlir::Value value, mlir::Operation *definition, mlir::Block &block) {
  mlir::Operation *last = definition;
  for (mlir::Operation *user : value.getUsers()) {
    mlir::Operation *sibling = block.findAncestorOpInBlock(*user);
    if (!last || last->isBeforeInBlock(sibling))
      last = sibling;
  }
  if (last)
    ending[last].push_back(value);
}

llvm::ArrayRef<mlir::Value> Lifetimes::endingAt(mlir::Operation *op) const {
  auto found = ending.find(op);
  return found == ending.end() ? llvm::ArrayRef<mlir::Value>() : llvm::ArrayRef<mlir::Value>(found->second);
}

mlir::Value rootOf(mlir::Value value) {
  while (mlir::Operation *definition = value.getDefiningOp()) {
    if (auto call = mlir::dyn_cast<plan::CallOp>(definition))
      value = call.getDest();
    else if (auto product = mlir::dyn_cast<plan::ProductOp>(definition))
      value = product.getDest();
    else if (auto launch = mlir::dyn_cast<tile::LaunchOp>(definition))
      value = launch.getDest();
    else if (auto scan = mlir::dyn_cast<ir::ScanOp>(definition))
      value = scan.getInits()[mlir::cast<mlir::OpResult>(value).getResultNumber()];
    else
      break;
  }
  return value;
}

namespace {

template <typename Op> bool isRootedIn(mlir::Value value) {
  auto root = mlir::dyn_cast<mlir::BlockArgument>(rootOf(value));
  return root && mlir::isa<Op>(root.getOwner()->getParentOp());
}

} // namespace

bool isCarriedByScan(mlir::Value value) {
  return isRootedIn<ir::ScanOp>(value);
}

bool isCarriedBySemiNaive(mlir::Value value) {
  return isRootedIn<plan::SemiNaiveOp>(value);
}

bool isFixpointArgument(mlir::Value value) {
  auto argument = mlir::dyn_cast<mlir::BlockArgument>(value);
  return argument && mlir::isa<ir::FixpointOp>(argument.getOwner()->getParentOp());
}

bool isCapturedBy(mlir::Value value, mlir::Operation *op) {
  return llvm::any_of(value.getUsers(), [&](mlir::Operation *user) { return op->isProperAncestor(user); });
}

} // namespace tl::backend::cpu
