// What holds of tl.apply: operands and result obey the rule of the primitive.
#include "ir/tl/TlOps.h"

#include "runtime/Primitives.h"

namespace tl::ir {

using namespace mlir;
using runtime::Primitive;
using runtime::PrimitiveRule;

namespace {

bool isBoolean(Type type) {
  return type.isInteger(1);
}

/// An integer that is not a truth value, or a real.
bool isNumber(Type type) {
  return type.isIntOrIndexOrFloat() && !isBoolean(type);
}

LogicalResult verifySame(ApplyOp op, TypeRange operands) {
  return success(llvm::all_equal(operands) && operands[0] == op.getResult().getType());
}

} // namespace

LogicalResult ApplyOp::verify() {
  std::optional<Primitive> primitive = runtime::findPrimitive(getPrimitive());
  if (!primitive)
    return emitOpError("'") << getPrimitive() << "' is no primitive";
  TypeRange operands = getOperands().getTypes();
  if (operands.size() != runtime::operandCount(*primitive))
    return emitOpError("'") << getPrimitive() << "' takes " << runtime::operandCount(*primitive)
                            << " operands, " << operands.size() << " given";
  Type result = getResult().getType();
  auto refuse = [&](StringRef rule) { return emitOpError("'") << getPrimitive() << "' " << rule; };
  switch (runtime::rule(*primitive)) {
  case PrimitiveRule::Same:
    if (failed(verifySame(*this, operands)) || !isNumber(result))
      return refuse("takes and gives one type of numbers");
    break;
  case PrimitiveRule::Real:
    if (failed(verifySame(*this, operands)) || !isa<FloatType>(result))
      return refuse("takes and gives one real type");
    break;
  case PrimitiveRule::Compare:
    if (!llvm::all_equal(operands) || !isBoolean(result))
      return refuse("takes operands of one type and gives i1");
    break;
  case PrimitiveRule::Logic:
    if (failed(verifySame(*this, operands)) || !isBoolean(result))
      return refuse("takes and gives i1");
    break;
  case PrimitiveRule::Key:
    if (failed(verifySame(*this, operands)) || !result.isInteger(64))
      return refuse("takes and gives i64");
    break;
  case PrimitiveRule::Draw:
    if (!llvm::all_equal(operands) || !operands[0].isInteger(64) || !isa<FloatType>(result))
      return refuse("takes i64 and gives a real");
    break;
  case PrimitiveRule::Select:
    if (!isBoolean(operands[0]) || operands[1] != operands[2] || operands[1] != result)
      return refuse("takes i1 and two operands of the type it gives");
    break;
  }
  return success();
}

} // namespace tl::ir
