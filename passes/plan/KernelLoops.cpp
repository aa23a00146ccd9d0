// Lanes, parallel loops and costs.
#include "passes/plan/KernelLoops.h"

#include "passes/plan/Scope.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

namespace tl::passes {

using namespace mlir;

namespace {

/// Lanes that fill one vector of 64 bytes; 1 where order does not matter to speed.
std::int64_t lanesOf(plan::ReduceOp reduce) {
  switch (reduce.getKind()) {
  case ir::Projection::Sum:
  case ir::Projection::Prod:
  case ir::Projection::Max:
  case ir::Projection::Min:
  case ir::Projection::Mean:
    break;
  case ir::Projection::Any:
  case ir::Projection::All:
  case ir::Projection::Count:
  case ir::Projection::ArgMax:
  case ir::Projection::ArgMin:
    return 1;
  }
  Type type = reduce.getValue().getType();
  return type.isF32() ? 16 : type.isF64() ? 8 : 1;
}

/// Neighbouring iterations read neighbouring elements or the same one.
bool isContiguous(plan::LoadOp load, Value variable) {
  ArrayRef<std::int64_t> extents = ir::denseType(load.getTensor().getType()).getShape();
  for (auto [axis, coordinate] : llvm::enumerate(load.getMap().getResults()))
    for (auto [dimension, index] : llvm::enumerate(load.getIndices())) {
      if (!coordinate.isFunctionOfDim(dimension))
        continue;
      // A place computed inside the loop may be anywhere.
      if (index != variable && index.getParentBlock() == variable.getParentBlock())
        return false;
      if (index == variable && (axis + 1 != extents.size() || coefficientOf(coordinate, dimension) != 1))
        return false;
    }
  return true;
}

bool isStraight(plan::ForOp loop) {
  Value variable = loop.getBody().getArgument(0);
  return llvm::all_of(loop.getBody().front(), [&](Operation &op) {
    if (auto load = dyn_cast<plan::LoadOp>(op))
      return isContiguous(load, variable);
    return isa<ir::NumberOp, ir::ApplyOp, ir::CastOp, plan::ApplyMapOp, plan::ContributeOp>(op);
  });
}

std::int64_t trips(plan::ForOp loop) {
  return loop.getUpperAttr().getInt() - loop.getLowerAttr().getInt();
}

constexpr std::int64_t kUnknownCost = -1;

/// Stops growing long before it overflows.
std::int64_t multiplyCosts(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = std::int64_t{1} << 60;
  return a != 0 && b > most / a ? most : a * b;
}

std::int64_t costOf(Block &block);

std::int64_t costOf(Operation &op) {
  if (isa<plan::EachOp, plan::LookupOp, plan::IntersectOp>(op))
    return kUnknownCost;
  if (op.getNumRegions() == 0)
    return isa<ir::NumberOp>(op) ? 0 : 1;
  const std::int64_t inside = costOf(op.getRegion(0).front());
  auto loop = dyn_cast<plan::ForOp>(op);
  return inside == kUnknownCost || !loop ? inside
                                         : multiplyCosts(std::max<std::int64_t>(0, trips(loop)), inside);
}

std::int64_t costOf(Block &block) {
  std::int64_t sum = 0;
  for (Operation &op : block) {
    const std::int64_t cost = costOf(op);
    if (cost == kUnknownCost)
      return kUnknownCost;
    sum += cost;
  }
  return sum;
}

/// The one loop over rows of a kernel `reduce sum { each ... }; combine add` into a single integer.
plan::EachOp countingLoop(plan::KernelOp kernel) {
  plan::ReduceOp reduce;
  for (Operation &op : kernel.getBody().front()) {
    auto combine = dyn_cast<plan::CombineOp>(op);
    if (auto found = dyn_cast<plan::ReduceOp>(op); found && !reduce)
      reduce = found;
    else if (!isa<ir::NumberOp>(op) && !combine)
      return nullptr;
    if (combine &&
        (!reduce || combine.getValue() != reduce.getValue() || combine.getMonoid() != ir::Monoid::Add ||
         ir::isPartial(combine.getTensor().getType()) || !combine.getMap().getResults().empty()))
      return nullptr;
  }
  if (!reduce || reduce.getKind() != ir::Projection::Sum || !reduce.getValue().getType().isInteger(64))
    return nullptr;
  auto loops = reduce.getBody().getOps<plan::EachOp>();
  const bool isAlone = llvm::all_of(reduce.getBody().front(),
                                    [](Operation &op) { return isa<ir::NumberOp, plan::EachOp>(op); });
  return isAlone && llvm::hasSingleElement(loops) ? *loops.begin() : nullptr;
}

/// The one loop over rows around the insertions into a relation of two bounded columns.
plan::EachOp insertingLoop(plan::KernelOp kernel) {
  Block &body = kernel.getBody().front();
  auto relation = dyn_cast<ir::RelationType>(body.getArguments().back().getType());
  auto loops = body.getOps<plan::EachOp>();
  const bool isOuter =
      llvm::all_of(body, [](Operation &op) { return isa<plan::EachOp>(op) || op.getNumRegions() == 0; });
  if (!relation || relation.arity() != 2 || llvm::is_contained(relation.getBounds(), -1) || !isOuter ||
      !llvm::hasSingleElement(loops))
    return nullptr;
  bool inserts = false;
  (*loops.begin()).walk([&](plan::InsertOp) { inserts = true; });
  return inserts ? *loops.begin() : nullptr;
}

} // namespace

void markLanes(plan::KernelOp kernel) {
  kernel.walk([](plan::ContributeOp contribute) {
    auto loop = dyn_cast<plan::ForOp>(contribute->getParentOp());
    auto reduce = contribute->getParentOfType<plan::ReduceOp>();
    if (!loop || !reduce->isProperAncestor(loop))
      return;
    // Combining the lanes costs about as much as one round of them.
    const std::int64_t lanes = lanesOf(reduce);
    if (lanes > 1 && trips(loop) >= 2 * lanes && isStraight(loop))
      loop.setLanes(lanes);
  });
}

void markParallel(plan::KernelOp kernel) {
  plan::EachOp rows = countingLoop(kernel);
  if (!rows)
    rows = insertingLoop(kernel);
  if (rows) {
    rows->setAttr(kSharedRows, UnitAttr::get(kernel.getContext()));
    return;
  }
  Block *block = &kernel.getBody().front();
  while (true) {
    auto loops = block->getOps<plan::ForOp>();
    auto branches = block->getOps<plan::IfOp>();
    if (!loops.empty()) {
      plan::ForOp loop = *loops.begin();
      Value variable = loop.getBody().getArgument(0);
      bool isSeparate = trips(loop) > 1;
      kernel.walk([&](plan::InsertOp) { isSeparate = false; });
      kernel.walk([&](plan::CombineOp combine) {
        isSeparate &= !combine.getTracked() && hasOwnAxis(combine.getMap(), combine.getIndices(), variable);
      });
      loop.setParallel(isSeparate);
      return;
    }
    if (branches.empty())
      return;
    block = &(*branches.begin()).getBody().front();
  }
}

bool fillsResult(plan::KernelOp kernel) {
  SmallVector<plan::CombineOp> combines;
  kernel.walk([&](plan::CombineOp combine) { combines.push_back(combine); });
  // What threads find in their shares of the rows is added to the destination.
  bool isShared = false;
  kernel.walk([&](plan::EachOp rows) { isShared |= rows->hasAttr(kSharedRows); });
  if (combines.size() != 1 || !combines.front().getFresh() || isShared)
    return false;
  plan::CombineOp combine = combines.front();
  SmallPtrSet<Operation *, 4> loops;
  for (Operation *parent = combine->getParentOp(); parent != kernel; parent = parent->getParentOp()) {
    if (!isa<plan::ForOp>(parent))
      return false;
    loops.insert(parent);
  }
  for (auto [coordinate, extent] : llvm::zip_equal(combine.getMap().getResults(),
                                                   ir::denseType(combine.getTensor().getType()).getShape())) {
    auto dimension = dyn_cast<AffineDimExpr>(coordinate);
    auto variable =
        dimension ? dyn_cast<BlockArgument>(combine.getIndices()[dimension.getPosition()]) : BlockArgument();
    auto loop = variable ? dyn_cast<plan::ForOp>(variable.getOwner()->getParentOp()) : plan::ForOp();
    if (!loop || !loops.erase(loop) || loop.getLowerAttr().getInt() != 0 ||
        loop.getUpperAttr().getInt() != extent)
      return false;
  }
  return loops.empty();
}

std::int64_t estimateCost(plan::KernelOp kernel) {
  return costOf(kernel.getBody().front());
}

} // namespace tl::passes
