// Calls of the product kernel: where the indices of a plan.product lie in memory.
#include "backend/cpu/Executor.h"

#include "ir/tl/TlTypes.h"

namespace tl::backend::cpu {
namespace {

using runtime::Result;
using runtime::Tensor;

/// A map as steps in memory: from the tensor's first element, and from one value of each index to the next.
struct Steps {
  std::int64_t base = 0;
  llvm::SmallVector<std::int64_t> perIndex;
};

/// The value of a linear expression where every index is 0 but `dimension`, which is 1; -1: none is.
std::int64_t valueAt(mlir::AffineExpr expression, int dimension, llvm::ArrayRef<std::int64_t> positions) {
  if (auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expression))
    return constant.getValue();
  if (auto index = mlir::dyn_cast<mlir::AffineDimExpr>(expression))
    return static_cast<int>(index.getPosition()) == dimension;
  if (auto position = mlir::dyn_cast<mlir::AffineSymbolExpr>(expression))
    return positions[position.getPosition()];
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(expression);
  const std::int64_t lhs = valueAt(binary.getLHS(), dimension, positions),
                     rhs = valueAt(binary.getRHS(), dimension, positions);
  return binary.getKind() == mlir::AffineExprKind::Add ? lhs + rhs : lhs * rhs;
}

Steps stepsOf(mlir::AffineMap map, mlir::Type tensor, llvm::ArrayRef<std::int64_t> positions) {
  llvm::ArrayRef<std::int64_t> shape = ir::denseType(tensor).getShape();
  Steps steps;
  steps.perIndex.assign(map.getNumDims(), 0);
  for (auto [coordinate, stride] :
       llvm::zip_equal(map.getResults(), runtime::rowMajorStrides(runtime::Shape(shape)))) {
    const std::int64_t first = valueAt(coordinate, -1, positions);
    steps.base += first * stride;
    for (auto [dimension, step] : llvm::enumerate(steps.perIndex))
      step += (valueAt(coordinate, static_cast<int>(dimension), positions) - first) * stride;
  }
  return steps;
}

/// Whether a position is at a step that the equation has no part in.
bool isLeftOut(plan::ProductOp op, llvm::ArrayRef<std::int64_t> positions) {
  for (auto [number, position] : llvm::enumerate(positions))
    if (op.getSteps() &&
        (position < (*op.getSteps())[2 * number] || position >= (*op.getSteps())[2 * number + 1]))
      return true;
  return false;
}

/// Multiplications from which the clock is worth watching.
constexpr double kWatchedWork = 5e6;

double workOf(llvm::ArrayRef<std::int64_t> extents) {
  double work = 1;
  for (std::int64_t extent : extents)
    work *= static_cast<double>(extent);
  return work;
}

/// The product of one element type, at the places that the steps say.
template <typename T>
Result<void> multiply(llvm::ArrayRef<std::int64_t> extents, const Steps (&steps)[3], const Tensor &lhs,
                      const Tensor &rhs, Tensor &result, const runtime::ProductContext &context) {
  std::vector<runtime::ProductIndex> indices;
  for (auto [index, extent] : llvm::enumerate(extents))
    indices.push_back({extent, steps[0].perIndex[index], steps[1].perIndex[index], steps[2].perIndex[index]});
  return runtime::addProduct(runtime::productLayout(indices), lhs.as<T>() + steps[0].base,
                             rhs.as<T>() + steps[1].base, result.mutableAs<T>() + steps[2].base, context);
}

} // namespace

Result<void> Executor::runProduct(plan::ProductOp op) {
  Result<Stored> dest = destination(op, op.getDest());
  if (!dest)
    return dest.error();
  llvm::SmallVector<std::int64_t> positions;
  for (mlir::Value position : op.getPositions())
    positions.push_back(std::get<std::int64_t>(values.find(position)->second));
  if (isLeftOut(op, positions)) {
    values[op.getCombined()] = *std::move(dest);
    return {};
  }
  Steps steps[3];
  const mlir::Value tensors[] = {op.getLhs(), op.getRhs(), op.getDest()};
  for (auto [step, map, tensor] : llvm::zip_equal(steps, op.getMaps(), tensors))
    step = stepsOf(mlir::cast<mlir::AffineMapAttr>(map).getValue(), tensor.getType(), positions);
  if (workOf(op.getExtents()) >= kWatchedWork)
    watch.start();
  Tensor &result = *std::get<std::shared_ptr<Tensor>>(*dest);
  const runtime::ProductContext context = {scratch, pool, watch.flag()};
  if (result.type() == runtime::ElementType::F32)
    TL_TRY(
        multiply<float>(op.getExtents(), steps, *tensor(op.getLhs()), *tensor(op.getRhs()), result, context));
  else
    TL_TRY(multiply<double>(op.getExtents(), steps, *tensor(op.getLhs()), *tensor(op.getRhs()), result,
                            context));
  TL_TRY(poll());
  values[op.getCombined()] = *std::move(dest);
  return {};
}

} // namespace tl::backend::cpu
