// Element types of the runtime as types of MLIR and back.
#include "ir/tl/ElementTypes.h"

#include "mlir/IR/BuiltinTypes.h"

namespace tl::ir {

using runtime::ElementType;

mlir::Type typeOf(mlir::MLIRContext &context, ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return mlir::IntegerType::get(&context, 1);
  case ElementType::I8:
    return mlir::IntegerType::get(&context, 8);
  case ElementType::I32:
    return mlir::IntegerType::get(&context, 32);
  case ElementType::I64:
    return mlir::IntegerType::get(&context, 64);
  case ElementType::F16:
    return mlir::Float16Type::get(&context);
  case ElementType::BF16:
    return mlir::BFloat16Type::get(&context);
  case ElementType::F32:
    return mlir::Float32Type::get(&context);
  case ElementType::F64:
    return mlir::Float64Type::get(&context);
  }
  llvm_unreachable("every element type is handled");
}

std::optional<ElementType> elementTypeOf(mlir::Type type) {
  for (ElementType candidate : {ElementType::Bool, ElementType::I8, ElementType::I32, ElementType::I64,
                                ElementType::F16, ElementType::BF16, ElementType::F32, ElementType::F64})
    if (typeOf(*type.getContext(), candidate) == type)
      return candidate;
  return std::nullopt;
}

} // namespace tl::ir
