// What holds of a program as a whole.
#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseSet.h"

namespace tl::ir {

using namespace mlir;

namespace {

/// Numbers name answers, so no two ops of one kind share one.
template <typename Op> LogicalResult verifyNumbers(Region &body) {
  llvm::DenseSet<std::int64_t> seen;
  for (Op op : body.getOps<Op>())
    if (!seen.insert(op.getNumber()).second)
      return op.emitOpError("has number ") << op.getNumber() << ", which is taken";
  return success();
}

} // namespace

LogicalResult ProgramOp::verify() {
  if (failed(verifyNumbers<QueryOp>(getBody())))
    return failure();
  return verifyNumbers<WriteOp>(getBody());
}

} // namespace tl::ir
