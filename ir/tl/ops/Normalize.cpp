// What holds of tl.normalize.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"

#include "llvm/ADT/SmallBitVector.h"

namespace tl::ir {

using namespace mlir;

namespace {

/// lnorm, rmsnorm and l2norm take the number that keeps them from dividing by zero.
std::size_t parameterCount(Normalization kind) {
  switch (kind) {
  case Normalization::Softmax:
  case Normalization::LogSoftmax:
    return 0;
  case Normalization::LayerNorm:
  case Normalization::RmsNorm:
  case Normalization::L2Norm:
    return 1;
  }
  llvm_unreachable("every normalisation is handled");
}

} // namespace

LogicalResult NormalizeOp::verify() {
  RankedTensorType input = denseType(getTensor().getType());
  if (input != getNormalized().getType())
    return emitOpError("gives ") << getNormalized().getType() << " for elements of " << input;
  if (!isa<FloatType>(input.getElementType()))
    return emitOpError("takes real elements, not ") << input.getElementType();
  if (getAlong().empty())
    return emitOpError("takes at least one axis");
  llvm::SmallBitVector seen(static_cast<unsigned>(input.getRank()));
  for (std::int64_t axis : getAlong()) {
    if (axis < 0 || axis >= input.getRank())
      return emitOpError("axis ") << axis << " is not one of the " << input.getRank() << " of " << input;
    if (seen.test(static_cast<unsigned>(axis)))
      return emitOpError("axis ") << axis << " is given twice";
    seen.set(static_cast<unsigned>(axis));
  }
  if (getParameters().size() != parameterCount(getKind()))
    return emitOpError() << stringifyNormalization(getKind()) << " takes " << parameterCount(getKind())
                         << " parameters, " << getParameters().size() << " given";
  return success();
}

} // namespace tl::ir
