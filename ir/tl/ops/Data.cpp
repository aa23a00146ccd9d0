// What holds of tl.empty and how tl.read is printed.
#include "ir/tl/ops/Place.h"

namespace tl::ir {

void ReadOp::getAsmResultNames(mlir::OpAsmSetValueNameFn setName) {
  setName(getTensor(), getName());
}

mlir::LogicalResult EmptyOp::verify() {
  return verifyMonoid(*this, getTensor().getType(), getMonoid());
}

} // namespace tl::ir
