// Chains of ops that each compute a row of their result from the same row of what the op before gives.
#include "passes/plan/RowChains.h"

#include "passes/plan/Elementwise.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "llvm/ADT/SmallPtrSet.h"

namespace tl::passes {

using namespace mlir;

namespace {

std::int64_t bytesOf(Type type) {
  RankedTensorType dense = ir::denseType(type);
  const std::int64_t bits = dense.getElementType().isInteger(1) ? 8 : dense.getElementTypeBitWidth();
  return dense.getNumElements() * (bits / 8 + (ir::isPartial(type) ? 1 : 0));
}

/// Whether `op` fills a tensor of its own.
bool isFresh(Operation *op) {
  if (isa<ir::NormalizeOp>(op))
    return true;
  auto comprehension = dyn_cast<ir::ComprehensionOpInterface>(op);
  auto empty = comprehension ? comprehension.getDest().getDefiningOp<ir::EmptyOp>() : ir::EmptyOp();
  return empty && empty.getTensor().hasOneUse() && empty->getBlock() == op->getBlock();
}

/// Only what `BlockRows` can write for a part of the rows.
bool isDense(ir::ComprehensionOpInterface op) {
  if (ir::isRelation(op.getDest().getType()))
    return false;
  WalkResult result = op.getBody().walk([](Operation *nested) {
    if (auto variable = dyn_cast<ir::IndexOp>(nested))
      return WalkResult(declaredRange(variable) ? WalkResult::advance() : WalkResult::interrupt());
    return isa<ir::AtOp, ir::NumberOp, ir::ApplyOp, ir::CastOp, ir::WhereOp, ir::ProjectOp, ir::YieldOp>(
               nested)
               ? WalkResult::advance()
               : WalkResult::interrupt();
  });
  return !result.wasInterrupted();
}

/// The one op that reads `tensor`, when it does nothing else with it.
Operation *readerOf(Value tensor, Block *block) {
  Operation *reader = nullptr;
  for (Operation *user : tensor.getUsers()) {
    Operation *op = isa<ir::AtOp>(user) ? block->findAncestorOpInBlock(*user) : user;
    const bool reads =
        isa<ir::AtOp>(user) ? isa<ir::ComprehensionOpInterface>(op) : isa<ir::NormalizeOp>(user);
    if (!reads || op->getBlock() != block || (reader && reader != op))
      return nullptr;
    reader = op;
  }
  return reader;
}

/// The variable that alone makes up a coordinate of a place, and is in no other.
ir::IndexOp variableAt(const Place &place, unsigned axis, Operation *op) {
  auto dimension = dyn_cast<AffineDimExpr>(place.map.getResult(axis));
  auto variable =
      dimension ? place.indices[dimension.getPosition()].getDefiningOp<ir::IndexOp>() : ir::IndexOp();
  if (!variable || variable->getParentOp() != op)
    return {};
  for (auto [position, coordinate] : llvm::enumerate(place.map.getResults()))
    for (auto [number, index] : llvm::enumerate(place.indices))
      if (position != axis && index == variable.getResult() &&
          coordinate.isFunctionOfDim(static_cast<unsigned>(number)))
        return {};
  return variable;
}

bool hasRange(ir::IndexOp variable, std::int64_t extent) {
  std::optional<Interval> range = declaredRange(variable);
  return range && range->lower == 0 && range->upper == extent - 1;
}

/// A variable that stands for rows may be in any place that is read and in arithmetic, but is no answer
/// itself.
bool isReplaceable(ir::IndexOp variable) {
  return llvm::all_of(variable.getResult().getUsers(), [&](Operation *user) {
    return isa<ir::AtOp, ir::CastOp>(user) ||
           (isa<ir::YieldOp>(user) && user->getBlock() == variable->getBlock());
  });
}

/// The axis of what `op` yields that its variable makes up.
std::optional<unsigned> yieldedAxis(ir::ComprehensionOpInterface op, ir::IndexOp variable) {
  const Place place = placeOf(cast<ir::YieldOp>(op.getBody().front().getTerminator()));
  for (unsigned axis = 0; axis < place.map.getNumResults(); ++axis)
    if (variableAt(place, axis, op) == variable)
      return axis;
  return std::nullopt;
}

/// Follows a row axis from the result of one op to that of the next; false when it does not go through.
bool follow(Operation *op, Value from, RowAxis &row) {
  const unsigned axis = row.axes.back();
  if (auto normalize = dyn_cast<ir::NormalizeOp>(op)) {
    if (llvm::is_contained(normalize.getAlong(), static_cast<std::int64_t>(axis)))
      return false;
    row.axes.push_back(axis);
    row.variables.push_back(Value());
    return true;
  }
  auto comprehension = cast<ir::ComprehensionOpInterface>(op);
  ir::IndexOp variable;
  for (Operation *user : from.getUsers()) {
    auto at = cast<ir::AtOp>(user);
    ir::IndexOp found = variableAt(placeOf(at), axis, op);
    if (!found || at.getDefaulted() || (variable && variable != found))
      return false;
    variable = found;
  }
  std::optional<unsigned> next = variable && hasRange(variable, row.extent) && isReplaceable(variable)
                                     ? yieldedAxis(comprehension, variable)
                                     : std::nullopt;
  if (!next)
    return false;
  row.axes.push_back(*next);
  row.variables.push_back(variable.getResult());
  return true;
}

/// The axes of what `op` yields over each of which one variable runs in full.
SmallVector<RowAxis> rowsOf(ir::ComprehensionOpInterface op) {
  const Place place = placeOf(cast<ir::YieldOp>(op.getBody().front().getTerminator()));
  SmallVector<RowAxis> rows;
  for (auto [axis, extent] : llvm::enumerate(ir::denseType(op.getDest().getType()).getShape())) {
    ir::IndexOp variable = variableAt(place, static_cast<unsigned>(axis), op);
    if (variable && extent > 1 && hasRange(variable, extent) && isReplaceable(variable))
      rows.push_back({extent, {static_cast<unsigned>(axis)}, {variable.getResult()}});
  }
  return rows;
}

/// What can be done for some of the rows: everything but what orders whole relations.
bool isLink(Operation *op) {
  auto comprehension = dyn_cast<ir::ComprehensionOpInterface>(op);
  return isa<ir::NormalizeOp>(op) || (comprehension && isDense(comprehension));
}

std::int64_t bytesPerRow(std::int64_t bytes, ArrayRef<RowAxis> rows) {
  for (const RowAxis &row : rows)
    bytes = (bytes + row.extent - 1) / row.extent;
  return bytes;
}

/// An op that ends an axis, as one that sums over attention heads does, is left out where so few rows of the
/// chain would fit a block that its products ran at a fraction of their speed.
bool isWorthLosing(std::int64_t before, std::int64_t after, const RowBlocks &blocks) {
  return after <= before || after <= blocks.bytes / blocks.leastRows;
}

using Taken = llvm::SmallPtrSet<Operation *, 16>;

/// Grows a chain from `first` for as long as some axis goes through, up to an op of another chain.
RowChain chainFrom(ir::ComprehensionOpInterface first, const RowBlocks &blocks, const Taken &taken) {
  RowChain chain;
  if (!isFresh(first) || !isDense(first))
    return chain;
  chain.ops.push_back(first);
  chain.rows = rowsOf(first);
  while (!chain.rows.empty() && isFresh(chain.ops.back())) {
    Value result = resultOf(chain.ops.back());
    Operation *next = readerOf(result, first->getBlock());
    if (!next || taken.contains(next) || !isLink(next) ||
        llvm::any_of(chain.ops, [&](Operation *op) { return !canMoveTo(op, next); }))
      break;
    SmallVector<RowAxis> through;
    for (RowAxis row : chain.rows)
      if (follow(next, result, row))
        through.push_back(std::move(row));
    const std::int64_t bytes = chain.bytes + bytesOf(result.getType());
    if (through.empty() ||
        !isWorthLosing(bytesPerRow(chain.bytes, chain.rows), bytesPerRow(bytes, through), blocks))
      break;
    chain.bytes = bytes;
    chain.ops.push_back(next);
    chain.rows = std::move(through);
  }
  return chain;
}

} // namespace

Value resultOf(Operation *op) {
  return op->getResult(0);
}

std::vector<RowChain> rowChainsOf(Block &block, const RowBlocks &blocks) {
  std::vector<RowChain> chains;
  Taken taken;
  for (Operation &op : block) {
    auto first = dyn_cast<ir::ComprehensionOpInterface>(op);
    if (!first || taken.contains(&op))
      continue;
    RowChain chain = chainFrom(first, blocks, taken);
    if (chain.ops.size() < 2)
      continue;
    taken.insert(chain.ops.begin(), chain.ops.end());
    chains.push_back(std::move(chain));
  }
  return chains;
}

} // namespace tl::passes
