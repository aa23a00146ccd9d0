// Choices of teams and strides, and the change of form.
#include "backend/cuda/lower/Deal.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/Builders.h"

#include <algorithm>
#include <map>
#include <optional>

namespace tl::backend::cuda {

using namespace mlir;

namespace {

/// A reduction of fewer iterations is one thread's, of `kLongReduction` or more a block's.
constexpr std::int64_t kShortReduction = 32;
constexpr std::int64_t kLongReduction = 2048;
/// From so many points on, neighbouring threads had better read neighbouring elements than share a reduction.
constexpr std::int64_t kManyPoints = 4096;

std::int64_t trips(plan::ForOp loop) {
  return static_cast<std::int64_t>(loop.getUpper()) - static_cast<std::int64_t>(loop.getLower());
}

/// A linear coordinate: how often each value is in it, and a constant.
struct Linear {
  std::map<void *, std::int64_t> factors;
  std::int64_t constant = 0;
  bool operator==(const Linear &) const = default;
};

std::optional<Linear> linearOf(AffineExpr expression, OperandRange operands) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return Linear{{}, constant.getValue()};
  if (auto dimension = dyn_cast<AffineDimExpr>(expression))
    return Linear{{{operands[dimension.getPosition()].getAsOpaquePointer(), 1}}, 0};
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  if (!binary || (binary.getKind() != AffineExprKind::Add && binary.getKind() != AffineExprKind::Mul))
    return std::nullopt;
  std::optional<Linear> lhs = linearOf(binary.getLHS(), operands), rhs = linearOf(binary.getRHS(), operands);
  if (!lhs || !rhs)
    return std::nullopt;
  if (binary.getKind() == AffineExprKind::Mul) {
    for (auto &[value, factor] : lhs->factors)
      factor *= rhs->constant;
    return Linear{lhs->factors, lhs->constant * rhs->constant};
  }
  for (auto [value, factor] : rhs->factors)
    lhs->factors[value] += factor;
  return Linear{lhs->factors, lhs->constant + rhs->constant};
}

/// The form that one axis of all places written to has, if it is one.
std::optional<Linear> commonAxis(ArrayRef<plan::CombineOp> combines, unsigned axis) {
  std::optional<Linear> common;
  for (plan::CombineOp combine : combines) {
    std::optional<Linear> form = linearOf(combine.getMap().getResult(axis), combine.getIndices());
    if (!form || (common && *form != *common))
      return std::nullopt;
    common = std::move(form);
  }
  return common;
}

/// Whether `variable` moves the axis and nothing else but arguments of the kernel does.
bool standsAlone(const Linear &axis, Value variable, plan::KernelOp kernel) {
  bool moves = false;
  for (auto [value, factor] : axis.factors) {
    Value other = Value::getFromOpaquePointer(value);
    if (other == variable)
      moves = factor != 0;
    else if (factor != 0 && other.getParentBlock() != &kernel.getBody().front())
      return false;
  }
  return moves;
}

/// The loops around every combine, outermost first.
SmallVector<plan::ForOp> loopsAround(ArrayRef<plan::CombineOp> combines) {
  SmallVector<plan::ForOp> loops;
  for (Operation *op = combines.front()->getParentOp(); op && !isa<plan::KernelOp>(op);
       op = op->getParentOp()) {
    auto loop = dyn_cast<plan::ForOp>(op);
    if (loop && llvm::all_of(combines, [&](plan::CombineOp combine) { return loop->isAncestor(combine); }))
      loops.insert(loops.begin(), loop);
  }
  return loops;
}

SmallVector<plan::ForOp> dealtLoops(plan::KernelOp kernel) {
  SmallVector<plan::CombineOp> combines;
  kernel.walk([&](plan::CombineOp combine) { combines.push_back(combine); });
  SmallVector<plan::ForOp> dealt;
  if (combines.empty())
    return dealt;
  for (plan::ForOp loop : loopsAround(combines))
    for (unsigned axis = 0; axis < combines.front().getMap().getNumResults(); ++axis) {
      std::optional<Linear> form = commonAxis(combines, axis);
      if (form && trips(loop) > 0 && standsAlone(*form, loop.getBody().getArgument(0), kernel)) {
        dealt.push_back(loop);
        break;
      }
    }
  return dealt;
}

/// Loads of `loop` for which neighbouring values of `variable` are neighbouring elements.
std::int64_t neighbouringLoads(Operation *loop, Value variable) {
  std::int64_t count = 0;
  loop->walk([&](plan::LoadOp load) {
    if (load.getMap().getNumResults() == 0)
      return;
    std::optional<Linear> last =
        linearOf(load.getMap().getResult(load.getMap().getNumResults() - 1), load.getIndices());
    auto found = last ? last->factors.find(variable.getAsOpaquePointer()) : decltype(last->factors.end())();
    count += last && found != last->factors.end() && found->second == 1;
  });
  return count;
}

/// The loop of an outermost reduction that its team shares: the innermost one long enough that contributes to
/// it.
plan::ForOp sharedLoop(plan::ReduceOp reduce) {
  plan::ForOp shared;
  reduce->walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto contribution = dyn_cast<plan::ContributeOp>(op);
    if (!contribution || shared || contribution->getParentOfType<plan::ReduceOp>() != reduce)
      return;
    for (Operation *parent = op->getParentOp(); parent != reduce && !shared; parent = parent->getParentOp()) {
      auto loop = dyn_cast<plan::ForOp>(parent);
      if (loop && trips(loop) >= kShortReduction)
        shared = loop;
    }
  });
  return shared;
}

/// The reductions that are in no other, each with the loop that its team shares.
SmallVector<plan::ForOp> sharedLoops(plan::KernelOp kernel, ArrayRef<plan::ForOp> dealt) {
  std::int64_t points = 1;
  for (plan::ForOp loop : dealt)
    points *= trips(loop);
  SmallVector<plan::ForOp> shared;
  kernel.walk<WalkOrder::PreOrder>([&](plan::ReduceOp reduce) {
    plan::ForOp loop = sharedLoop(reduce);
    const bool isBetterAcross = points >= kManyPoints && loop && !dealt.empty() &&
                                neighbouringLoads(loop, loop.getBody().getArgument(0)) == 0;
    if (loop && !isBetterAcross)
      shared.push_back(loop);
    return WalkResult::skip();
  });
  return shared;
}

std::int64_t teamFor(ArrayRef<plan::ForOp> shared) {
  std::int64_t longest = 0;
  for (plan::ForOp loop : shared)
    longest = std::max(longest, trips(loop));
  return shared.empty() ? 1 : longest >= kLongReduction ? kBlock : kWarp;
}

/// Each team does one iteration of every dealt loop, so their bodies stand where the loops stood.
void inlineDealt(tile::KernelOp kernel, ArrayRef<plan::ForOp> dealt) {
  OpBuilder builder = OpBuilder::atBlockBegin(&kernel.getBody().front());
  SmallVector<Value> indices;
  for (plan::ForOp loop : dealt)
    indices.push_back(tile::PointOp::create(builder, loop.getLoc(), loop.getName(),
                                            static_cast<std::int64_t>(loop.getLower()),
                                            static_cast<std::int64_t>(loop.getUpper())));
  for (auto [given, index] : llvm::zip_equal(dealt, indices)) {
    plan::ForOp loop = given;
    Block &body = loop.getBody().front();
    body.getArgument(0).replaceAllUsesWith(index);
    loop->getBlock()->getOperations().splice(loop->getIterator(), body.getOperations());
    loop->erase();
  }
}

void shareLoops(ArrayRef<plan::ForOp> shared) {
  for (plan::ForOp loop : shared) {
    OpBuilder builder(loop);
    auto stride = tile::StrideOp::create(builder, loop.getLoc(), loop.getNameAttr(), loop.getLowerAttr(),
                                         loop.getUpperAttr());
    stride.getBody().takeBody(loop.getBody());
    loop->erase();
  }
}

} // namespace

tile::KernelOp dealOut(plan::KernelOp kernel) {
  const SmallVector<plan::ForOp> dealt = dealtLoops(kernel);
  const SmallVector<plan::ForOp> shared = sharedLoops(kernel, dealt);
  OpBuilder builder(kernel);
  auto made = tile::KernelOp::create(builder, kernel.getLoc(), kernel.getSymName(),
                                     static_cast<std::uint64_t>(teamFor(shared)));
  made.getBody().takeBody(kernel.getBody());
  kernel->erase();
  inlineDealt(made, dealt);
  shareLoops(shared);
  // What is parallel and how many lanes there are has been decided anew.
  made.walk([](plan::ForOp loop) {
    loop.setParallel(false);
    loop.setLanes(1);
  });
  return made;
}

} // namespace tl::backend::cuda
