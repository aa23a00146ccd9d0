// What holds of tl.gradient.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"

namespace tl::ir {

using namespace mlir;

LogicalResult GradientOp::verify() {
  RankedTensorType scalar = denseType(getScalar().getType());
  if (scalar.getRank() != 0 || !isa<FloatType>(scalar.getElementType()))
    return emitOpError("derives ") << getScalar().getType() << ", which is no real scalar";
  if (getTensors().size() != getDerivatives().size())
    return emitOpError("gives ") << getDerivatives().size() << " derivatives by " << getTensors().size()
                                 << " tensors";
  for (auto [tensor, derivative] : llvm::zip(getTensors(), getDerivatives())) {
    RankedTensorType dense = denseType(tensor.getType());
    if (!isa<FloatType>(dense.getElementType()))
      return emitOpError("derives by ") << tensor.getType() << ", whose elements are not real";
    if (derivative.getType() != dense)
      return emitOpError("gives ") << derivative.getType() << " for the derivative by " << tensor.getType();
  }
  return success();
}

} // namespace tl::ir
