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

/// Partial derivatives are functions of the same parameters.
LogicalResult verifyExternals(ProgramOp program) {
  const DictionaryAttr table = program.getExternals().value_or(DictionaryAttr());
  if (!table)
    return success();
  for (NamedAttribute entry : table) {
    auto described = dyn_cast<ArrayAttr>(entry.getValue());
    if (!described || described.size() < 2 || !llvm::all_of(described, llvm::IsaPred<StringAttr>))
      return program.emitOpError("does not describe ")
             << entry.getName() << " by a library, a symbol and partials";
    for (StringAttr partial : llvm::drop_begin(described.getAsRange<StringAttr>(), 2)) {
      auto other = table.getAs<ArrayAttr>(partial);
      if (!partial.empty() && (!other || other.size() != described.size()))
        return program.emitOpError("has no ") << partial << " with the parameters of " << entry.getName();
    }
  }
  return success();
}

} // namespace

LogicalResult ProgramOp::verify() {
  if (failed(verifyExternals(*this)))
    return failure();
  if (failed(verifyNumbers<QueryOp>(getBody())))
    return failure();
  return verifyNumbers<WriteOp>(getBody());
}

} // namespace tl::ir
