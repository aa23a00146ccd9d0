// Questions about the types of tensors.
#include "ir/tl/TlTypes.h"

namespace tl::ir {

bool isPartial(mlir::Type type) {
  return mlir::isa<PartialType>(type);
}

bool isRelation(mlir::Type type) {
  return mlir::isa<RelationType>(type);
}

mlir::RankedTensorType denseType(mlir::Type type) {
  if (auto partial = mlir::dyn_cast<PartialType>(type))
    return partial.getTensor();
  return mlir::dyn_cast<mlir::RankedTensorType>(type);
}

std::size_t rankOf(mlir::Type type) {
  if (auto relation = mlir::dyn_cast<RelationType>(type))
    return relation.arity();
  return static_cast<std::size_t>(denseType(type).getRank());
}

bool isScalar(mlir::Type type) {
  return type.isIntOrIndexOrFloat();
}

} // namespace tl::ir
