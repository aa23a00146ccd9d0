// Whether and how wide a dense loop may run in lanes.
#include "backend/cpu/lower/KernelEmitter.h"

#include "ir/tl/TlTypes.h"
#include "runtime/core/Shape.h"

#include "mlir/IR/AffineExpr.h"

#include <algorithm>
#include <optional>

namespace tl::backend::cpu {
namespace {

/// How a value changes from one iteration of the loop to the next: by a constant (0: not at all), or in no
/// simple way.
using Step = std::optional<std::int64_t>;

/// A loop shorter than this is not worth a vector.
constexpr std::int64_t kLeastTrips = 4;
constexpr unsigned kVectorBytes = 64;
/// Vectors in flight in a loop around a reduction, so that the additions of one do not wait for those of the
/// other.
constexpr unsigned kVectorsInFlight = 4;

class LaneAnalysis {
public:
  explicit LaneAnalysis(plan::ForOp loop) : loop(loop) { steps[loop.getBody().getArgument(0)] = 1; }

  unsigned width();

private:
  bool accept(mlir::Block &block);
  bool accept(mlir::Operation &op);
  bool acceptContribution(plan::ContributeOp op);
  bool acceptCombine(plan::CombineOp op);
  bool acceptLoad(mlir::Operation *op, mlir::Value tensor, mlir::AffineMap map, mlir::ValueRange indices);
  bool acceptUniform(mlir::ValueRange operands);
  bool acceptNested(mlir::Region &body);

  Step stepOf(mlir::Value value) const {
    auto found = steps.find(value);
    return found == steps.end() ? Step(0) : found->second; // defined outside the loop
  }
  Step stepOf(mlir::AffineExpr expression, mlir::ValueRange indices) const;
  Step offsetStep(mlir::Value tensor, mlir::AffineMap map, mlir::ValueRange indices) const;
  bool isUniform(mlir::Value value) const { return stepOf(value) == Step(0); }
  void setVarying(mlir::Operation &op) {
    for (mlir::Value result : op.getResults())
      steps[result] = std::nullopt;
  }
  void see(mlir::Type type);

  plan::ForOp loop;
  llvm::DenseMap<mlir::Value, Step> steps;
  unsigned widestBytes = 1;
  unsigned neighbouring = 0, gathered = 0;
  bool isReducing = false, isNested = false, writes = false;
};

void LaneAnalysis::see(mlir::Type type) {
  const unsigned bits = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  // f16 and bf16 are f32 in registers.
  widestBytes = std::max(widestBytes, mlir::isa<mlir::FloatType>(type) ? std::max(4u, bits / 8) : bits / 8);
}

Step LaneAnalysis::stepOf(mlir::AffineExpr expression, mlir::ValueRange indices) const {
  if (mlir::isa<mlir::AffineConstantExpr>(expression))
    return 0;
  if (auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(expression))
    return stepOf(indices[dim.getPosition()]);
  auto binary = mlir::dyn_cast<mlir::AffineBinaryOpExpr>(expression);
  if (!binary)
    return std::nullopt;
  const Step lhs = stepOf(binary.getLHS(), indices), rhs = stepOf(binary.getRHS(), indices);
  if (!lhs || !rhs)
    return std::nullopt;
  if (binary.getKind() == mlir::AffineExprKind::Add)
    return *lhs + *rhs;
  auto factor = mlir::dyn_cast<mlir::AffineConstantExpr>(binary.getRHS());
  if (binary.getKind() == mlir::AffineExprKind::Mul && factor)
    return *lhs * factor.getValue();
  return *lhs == 0 && *rhs == 0 ? Step(0) : Step(std::nullopt);
}

Step LaneAnalysis::offsetStep(mlir::Value tensor, mlir::AffineMap map, mlir::ValueRange indices) const {
  llvm::ArrayRef<std::int64_t> shape = ir::denseType(tensor.getType()).getShape();
  std::int64_t total = 0;
  for (auto [expression, stride] :
       llvm::zip(map.getResults(), runtime::rowMajorStrides(runtime::Shape(shape)))) {
    const Step step = stepOf(expression, indices);
    if (!step)
      return std::nullopt;
    total += *step * stride;
  }
  return total;
}

bool LaneAnalysis::acceptUniform(mlir::ValueRange operands) {
  return llvm::all_of(operands, [&](mlir::Value operand) { return isUniform(operand); });
}

/// Loops inside run as one for all lanes, so their variables do not differ between lanes.
bool LaneAnalysis::acceptNested(mlir::Region &body) {
  isNested = true;
  return accept(body.front());
}

bool LaneAnalysis::acceptLoad(mlir::Operation *op, mlir::Value tensor, mlir::AffineMap map,
                              mlir::ValueRange indices) {
  // The destination may change under the loop.
  if (tensor == loop->getParentOfType<plan::KernelOp>().getBody().front().getArguments().back())
    return false;
  const Step step = offsetStep(tensor, map, indices);
  if (step == Step(0))
    return true;
  (step == Step(1) ? neighbouring : gathered)++;
  setVarying(*op);
  return true;
}

/// One coordinate is the loop's own variable plus what the loop does not change, the others do not mention
/// it: then no two iterations write the same element, and neighbouring iterations write neighbouring
/// elements.
bool LaneAnalysis::acceptCombine(plan::CombineOp op) {
  writes = true;
  see(op.getValue().getType());
  if (op.getTracked() || offsetStep(op.getTensor(), op.getMap(), op.getIndices()) != Step(1))
    return false;
  for (mlir::AffineExpr expression : op.getMap().getResults()) {
    if (stepOf(expression, op.getIndices()) == Step(0))
      continue;
    bool onlyOuter = true;
    expression.walk([&](mlir::AffineExpr part) {
      auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(part);
      if (!dim)
        return;
      mlir::Value index = op.getIndices()[dim.getPosition()];
      onlyOuter &=
          index == loop.getBody().getArgument(0) || !loop->isAncestor(index.getParentRegion()->getParentOp());
    });
    if (!onlyOuter)
      return false;
  }
  return true;
}

bool LaneAnalysis::acceptContribution(plan::ContributeOp op) {
  auto reduce = op->getParentOfType<plan::ReduceOp>();
  see(op.getValue().getType());
  if (loop->isProperAncestor(reduce))
    return true;
  isReducing = true;
  return loop.getLanes() > 1;
}

bool LaneAnalysis::accept(mlir::Block &block) {
  return llvm::all_of(block, [&](mlir::Operation &op) { return accept(op); });
}

bool LaneAnalysis::accept(mlir::Operation &op) {
  if (mlir::isa<ir::NumberOp>(op))
    return true;
  if (auto inner = mlir::dyn_cast<plan::ForOp>(op))
    return inner.getLanes() == 1 && !inner.getParallel() && acceptNested(inner.getBody());
  if (auto each = mlir::dyn_cast<plan::EachOp>(op))
    return acceptNested(each.getBody());
  if (auto lookup = mlir::dyn_cast<plan::LookupOp>(op))
    return acceptUniform(lookup.getKeys()) && acceptNested(lookup.getBody());
  if (auto intersection = mlir::dyn_cast<plan::IntersectOp>(op))
    return acceptUniform(intersection.getKeys()) && acceptNested(intersection.getBody());
  if (auto branch = mlir::dyn_cast<plan::IfOp>(op))
    return accept(branch.getBody().front());
  if (auto reduce = mlir::dyn_cast<plan::ReduceOp>(op)) {
    setVarying(op);
    return accept(reduce.getBody().front());
  }
  if (auto contribution = mlir::dyn_cast<plan::ContributeOp>(op))
    return acceptContribution(contribution);
  if (auto combine = mlir::dyn_cast<plan::CombineOp>(op))
    return acceptCombine(combine);
  if (auto load = mlir::dyn_cast<plan::LoadOp>(op)) {
    see(load.getElement().getType());
    return acceptLoad(load, load.getTensor(), load.getMap(), load.getIndices());
  }
  if (auto present = mlir::dyn_cast<plan::PresentOp>(op))
    return acceptLoad(present, present.getTensor(), present.getMap(), present.getIndices());
  if (auto affine = mlir::dyn_cast<plan::ApplyMapOp>(op)) {
    steps[affine.getValue()] = stepOf(affine.getMap().getResult(0), affine.getIndices());
    return true;
  }
  if (mlir::isa<plan::ProbeOp>(op))
    return acceptUniform(op.getOperands().drop_front());
  if (auto cast = mlir::dyn_cast<ir::CastOp>(op);
      cast && cast.getOperand().getType() == cast.getResult().getType()) {
    steps[cast.getResult()] = stepOf(cast.getOperand());
    return true;
  }
  if (mlir::isa<ir::ApplyOp, ir::CastOp, plan::InsideOp>(op)) {
    if (!acceptUniform(op.getOperands()) && !mlir::isa<plan::InsideOp>(op))
      setVarying(op);
    if (auto inside = mlir::dyn_cast<plan::InsideOp>(op); inside && !acceptUniform(inside.getIndices()))
      setVarying(op);
    return true;
  }
  return false; // inserts, and whatever is not known to be independent
}

unsigned LaneAnalysis::width() {
  const std::int64_t trips =
      static_cast<std::int64_t>(loop.getUpper()) - static_cast<std::int64_t>(loop.getLower());
  if (trips < kLeastTrips || !accept(loop.getBody().front()))
    return 1;
  if (loop.getLanes() > 1)
    return isReducing && !writes ? static_cast<unsigned>(loop.getLanes()) : 1;
  const bool isContiguous = gathered == 0 || (!isNested && gathered <= neighbouring);
  if (!writes || !isContiguous)
    return 1;
  const unsigned lanes = kVectorBytes / widestBytes;
  return isNested && trips >= lanes * kVectorsInFlight ? lanes * kVectorsInFlight : lanes;
}

} // namespace

unsigned vectorWidth(plan::ForOp loop) {
  return LaneAnalysis(loop).width();
}

} // namespace tl::backend::cpu
