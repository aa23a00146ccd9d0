// The meaning of tl.external: the function, element by element.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"
#include "runtime/core/ExternalFunction.h"

namespace tl::ir {

using runtime::Result;
using runtime::Tensor;
using runtime::Value;

Result<std::vector<Value>> ExternalOp::evaluate(Evaluator &evaluator) {
  std::vector<const Tensor *> arguments;
  for (mlir::Value argument : getArguments())
    arguments.push_back(&std::get<Tensor>(evaluator.valueOf(argument)));
  const llvm::ArrayRef<std::int64_t> shape = denseType(getAnswers().getType()).getShape();
  Result<Tensor> answers = runtime::applyExternal(getLibrary().str(), getSymbol().str(), arguments,
                                                  {shape.begin(), shape.end()}, evaluator.budget);
  if (!answers)
    return answers.error();
  return std::vector<Value>{*std::move(answers)};
}

} // namespace tl::ir
