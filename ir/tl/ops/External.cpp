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

std::optional<CFunction> partialOf(ExternalOp op, unsigned parameter) {
  auto program = op->getParentOfType<ProgramOp>();
  DictionaryAttr table = program && program.getExternals() ? *program.getExternals() : DictionaryAttr();
  auto strings = [&](StringRef name) { return table ? table.getAs<ArrayAttr>(name) : ArrayAttr(); };
  ArrayAttr own = strings(op.getFunction());
  if (!own || own.size() <= 2 + parameter)
    return std::nullopt;
  const StringRef name = cast<StringAttr>(own[2 + parameter]).getValue();
  ArrayAttr partial = name.empty() ? ArrayAttr() : strings(name);
  if (!partial)
    return std::nullopt;
  return CFunction{name, cast<StringAttr>(partial[0]).getValue(), cast<StringAttr>(partial[1]).getValue()};
}

} // namespace tl::ir
