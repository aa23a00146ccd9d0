// What holds of tl.normalize.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"

#include "llvm/ADT/SmallBitVector.h"

namespace tl::ir {

using namespace mlir;

namespace {

/// lnorm, rmsnorm and l2norm take the number that keeps them from dividing by zero, order its last place.
std::size_t parameterCount(Normalization kind) {
  switch (kind) {
  case Normalization::Softmax:
  case Normalization::LogSoftmax:
  case Normalization::CumSum:
  case Normalization::CumProd:
  case Normalization::Sort:
  case Normalization::Rank:
    return 0;
  case Normalization::LayerNorm:
  case Normalization::RmsNorm:
  case Normalization::L2Norm:
  case Normalization::Order:
    return 1;
  }
  llvm_unreachable("every normalisation is handled");
}

} // namespace

bool isOrdered(Normalization kind) {
  return kind == Normalization::CumSum || kind == Normalization::CumProd || kind == Normalization::Sort ||
         givesPlaces(kind);
}

bool givesPlaces(Normalization kind) {
  return kind == Normalization::Rank || kind == Normalization::Order;
}

LogicalResult NormalizeOp::verify() {
  RankedTensorType input = denseType(getTensor().getType());
  RankedTensorType result = input;
  if (givesPlaces(getKind()))
    result = input.clone(IntegerType::get(getContext(), 64));
  if (result != getNormalized().getType())
    return emitOpError("gives ") << getNormalized().getType() << " for elements of " << input;
  Type element = input.getElementType();
  if (!isOrdered(getKind()) && !isa<FloatType>(element))
    return emitOpError("takes real elements, not ") << element;
  if (element.isInteger(1))
    return emitOpError("takes numbers, not truth values");
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
