// Arguments of kernels and the operands of their calls.
#include "passes/plan/KernelArguments.h"

namespace tl::passes {

using namespace mlir;

KernelArguments::KernelArguments(plan::KernelOp kernel, Value dest) : kernel(kernel), outerDestination(dest) {
  destination = kernel.getBody().front().addArgument(dest.getType(), dest.getLoc());
}

Value KernelArguments::ask(Value outer, Type type, plan::Version version) {
  for (const Argument &argument : arguments)
    if (argument.outer == outer && argument.type == type && argument.version == version)
      return argument.inner;
  Value inner = kernel.getBody().front().addArgument(type, outer.getLoc());
  arguments.push_back({outer, type, version, inner});
  return inner;
}

Value KernelArguments::plain(Value outer) {
  if (outer == outerDestination)
    return destination;
  return ask(outer, outer.getType(), plan::Version::Full);
}

Value KernelArguments::rows(Value relation, plan::Version version) {
  const unsigned arity = cast<ir::RelationType>(relation.getType()).arity();
  return ask(relation, plan::RowsType::get(relation.getContext(), arity), version);
}

Value KernelArguments::index(Value relation, plan::Version version, ArrayRef<unsigned> keys) {
  const unsigned arity = cast<ir::RelationType>(relation.getType()).arity();
  return ask(relation, plan::IndexType::get(relation.getContext(), arity, keys), version);
}

Value KernelArguments::pass(OpBuilder &builder, Location location, const Argument &argument) const {
  if (isa<plan::RowsType>(argument.type))
    return plan::RowsOp::create(builder, location, argument.type, argument.version, argument.outer);
  if (isa<plan::IndexType>(argument.type))
    return plan::IndexByOp::create(builder, location, argument.type, argument.version, argument.outer);
  return argument.outer;
}

void KernelArguments::finish() {
  Block &body = kernel.getBody().front();
  Value last = body.addArgument(destination.getType(), destination.getLoc());
  destination.replaceAllUsesWith(last);
  body.eraseArgument(0);
  destination = last;
}

Value KernelArguments::call(OpBuilder &builder, Location location, llvm::StringRef name) {
  SmallVector<Value> inputs;
  for (const Argument &argument : arguments)
    inputs.push_back(pass(builder, location, argument));
  return plan::CallOp::create(builder, location, outerDestination.getType(), name, inputs, outerDestination)
      .getCombined();
}

} // namespace tl::passes
