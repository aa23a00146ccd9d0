// What holds of tl.external.
#include "ir/tl/TlOps.h"

#include "runtime/core/ExternalFunction.h"

namespace tl::ir {

using namespace mlir;

LogicalResult ExternalOp::verify() {
  auto type = cast<RankedTensorType>(getAnswers().getType());
  if (!type.getElementType().isF64())
    return emitOpError("gives f64 elements, not ") << type.getElementType();
  if (getArguments().size() > runtime::kMostExternalParameters)
    return emitOpError("takes at most ")
           << runtime::kMostExternalParameters << " arguments, not " << getArguments().size();
  for (Value argument : getArguments())
    if (argument.getType() != type)
      return emitOpError("takes arguments of type ") << type << ", not " << argument.getType();
  return success();
}

} // namespace tl::ir
