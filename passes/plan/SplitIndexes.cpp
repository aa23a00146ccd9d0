// Replaces an index that is divided by a constant by the quotient and the remainder.
#include "passes/Passes.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlOps.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tl::passes {

#define GEN_PASS_DEF_SPLITINDEXES
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Where a user mentions index values.
struct Mention {
  AffineMap map;
  MutableOperandRange indices;
};

/// None for users that need the value itself, and for literals, whose arguments may give the index its
/// values.
std::optional<Mention> mentionOf(Operation *user) {
  return llvm::TypeSwitch<Operation *, std::optional<Mention>>(user)
      .Case<ir::AtOp, ir::TestOp>([](auto op) { return Mention{op.getMap(), op.getIndicesMutable()}; })
      .Case<ir::YieldOp>([](ir::YieldOp yield) -> std::optional<Mention> {
        if (!yield.getMap())
          return std::nullopt;
        return Mention{*yield.getMap(), yield.getIndicesMutable()};
      })
      .Default(std::nullopt);
}

/// c of a subexpression `dimension floordiv c`.
std::optional<std::int64_t> divisorOf(AffineExpr expression, AffineExpr dimension) {
  std::optional<std::int64_t> divisor;
  expression.walk([&](AffineExpr part) {
    auto quotient = dyn_cast<AffineBinaryOpExpr>(part);
    if (!quotient || quotient.getKind() != AffineExprKind::FloorDiv || quotient.getLHS() != dimension)
      return;
    if (auto constant = dyn_cast<AffineConstantExpr>(quotient.getRHS()))
      divisor = constant.getValue();
  });
  return divisor;
}

/// The value of the index itself is the result.
bool isArgument(ir::IndexOp index) {
  auto project = dyn_cast<ir::ProjectOp>(index->getParentOp());
  return project &&
         (project.getKind() == ir::Projection::ArgMax || project.getKind() == ir::Projection::ArgMin);
}

/// The divisor by which to split an index: one that divides its extent and by which some place divides it.
std::optional<std::int64_t> splitOf(ir::IndexOp index) {
  std::optional<Interval> range = declaredRange(index);
  if (!range || range->lower != 0 || isArgument(index))
    return std::nullopt;
  std::optional<std::int64_t> found;
  for (Operation *user : index.getResult().getUsers()) {
    std::optional<Mention> mention = mentionOf(user);
    if (!mention)
      return std::nullopt;
    for (auto [position, operand] : llvm::enumerate(mention->indices))
      for (AffineExpr coordinate : mention->map.getResults())
        if (operand.get() == index.getResult())
          if (auto divisor = divisorOf(coordinate, getAffineDimExpr(position, index.getContext())))
            found = divisor;
  }
  const std::int64_t extent = range->upper + 1;
  return found && *found > 1 && *found < extent && extent % *found == 0 ? found : std::nullopt;
}

void setMap(Operation *user, AffineMap map) {
  llvm::TypeSwitch<Operation *>(user).Case<ir::AtOp, ir::TestOp, ir::YieldOp>(
      [&](auto op) { op.setMapAttr(AffineMapAttr::get(map)); });
}

/// Writes one place with the quotient where the index was and the remainder as a further operand.
void replaceIn(Operation *user, Value index, Value quotient, Value remainder, std::int64_t divisor) {
  Mention mention = *mentionOf(user);
  const unsigned dimensions = mention.map.getNumDims();
  AffineExpr rest = getAffineDimExpr(dimensions, user->getContext());
  llvm::DenseMap<AffineExpr, AffineExpr> replacements;
  SmallVector<Value> operands;
  for (auto [position, operand] : llvm::enumerate(mention.indices)) {
    operands.push_back(operand.get() == index ? quotient : operand.get());
    if (operand.get() != index)
      continue;
    AffineExpr dimension = getAffineDimExpr(position, user->getContext());
    replacements[dimension.floorDiv(divisor)] = dimension;
    replacements[dimension % divisor] = rest;
    replacements[dimension] = dimension * divisor + rest;
  }
  operands.push_back(remainder);
  SmallVector<AffineExpr> coordinates;
  for (AffineExpr coordinate : mention.map.getResults())
    coordinates.push_back(coordinate.replace(replacements));
  AffineMap map = AffineMap::get(dimensions + 1, 0, coordinates, user->getContext());
  // An operand that no coordinate mentions would tie the place to a loop it does not depend on.
  llvm::SmallBitVector unused = getUnusedDimsBitVector({map});
  SmallVector<Value> used;
  for (auto [position, operand] : llvm::enumerate(operands))
    if (!unused[position])
      used.push_back(operand);
  mention.indices.assign(used);
  setMap(user, compressDims(map, unused));
}

/// sum over x < n of f(x, x / c, x % c)  ==  sum over h < n / c, r < c of f(c h + r, h, r), when c divides n.
/// Loops over h and r are as regular as the axes they walk: attention heads become a batch axis, pooling
/// windows a reduction.
void split(ir::IndexOp index, std::int64_t divisor) {
  OpBuilder builder(index);
  const std::int64_t extent = declaredRange(index)->upper + 1;
  auto create = [&](const Twine &name, std::int64_t upper) -> Value {
    return ir::IndexOp::create(builder, index.getLoc(), builder.getIndexType(), builder.getStringAttr(name),
                               builder.getI64IntegerAttr(0), builder.getI64IntegerAttr(upper));
  };
  Value quotient = create(index.getName() + "/" + Twine(divisor), extent / divisor);
  Value remainder = create(index.getName() + "%" + Twine(divisor), divisor);
  llvm::SetVector<Operation *> users(index->user_begin(), index->user_end());
  for (Operation *user : users)
    replaceIn(user, index.getResult(), quotient, remainder, divisor);
  index.erase();
}

/// An axis made of two indices is more than a map promises, so a map becomes a contraction.
void generalize(ir::MapOp map) {
  OpBuilder builder(map);
  auto contract = ir::ContractOp::create(builder, map.getLoc(), map.getMonoid(), map.getDest());
  contract.getBody().takeBody(map.getBody());
  map.replaceAllUsesWith(contract.getCombined());
  map.erase();
}

class SplitIndexes : public impl::SplitIndexesBase<SplitIndexes> {
public:
  void runOnOperation() override {
    SmallVector<ir::IndexOp> indexes;
    getOperation().walk([&](ir::IndexOp index) { indexes.push_back(index); });
    for (ir::IndexOp index : indexes) {
      std::optional<std::int64_t> divisor = splitOf(index);
      if (!divisor)
        continue;
      auto map = dyn_cast<ir::MapOp>(index->getParentOp());
      split(index, *divisor);
      if (map)
        generalize(map);
    }
  }
};

} // namespace

} // namespace tl::passes
