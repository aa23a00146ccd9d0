// Scalar arithmetic in LLVM IR: constants, casts, primitives, and how elements lie in memory.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Types.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/IR/IRBuilder.h"

namespace llvm {
class Module;
}
namespace tl::runtime {
enum class Primitive : std::uint8_t;
}

namespace tl::backend::cpu {

/// Emits the function of libm called `name` (its f64 form) over values of one type.
using MathEmitter = llvm::Value *(*)(llvm::IRBuilder<> &builder, llvm::StringRef name,
                                     llvm::ArrayRef<llvm::Value *> operands);

/// Emits arithmetic on scalars or, elementwise, on vectors: the operands of one call have one width, and
/// every lane gets the bits that the scalar form gives. f16 and bf16 are f32 in registers, rounded after each
/// operation; index is i64. No fast-math; `llvm.fma` only where a formula is written with it.
class ScalarEmitter {
public:
  /// `math` emits what is no instruction; null: calls of libm.
  ScalarEmitter(llvm::IRBuilder<> &builder, llvm::Module &module, MathEmitter math = nullptr)
      : ir(builder), module(module), math(math) {}

  llvm::Type *registerType(mlir::Type type) const;
  llvm::Type *memoryType(mlir::Type type) const;
  llvm::Value *fromMemory(llvm::Value *stored, mlir::Type type);
  llvm::Value *toMemory(llvm::Value *value, mlir::Type type);

  llvm::Constant *constant(mlir::Type type, double value) const;
  llvm::Constant *number(mlir::TypedAttr value) const;
  llvm::Value *cast(llvm::Value *value, mlir::Type from, mlir::Type to);
  /// `type` is the type of the operands; of the alternatives for `where`.
  llvm::Value *apply(llvm::StringRef primitive, mlir::Type type, llvm::ArrayRef<llvm::Value *> operands);
  /// `value` as a register of `type` can hold it: rounded for f16 and bf16.
  llvm::Value *rounded(llvm::Value *value, mlir::Type type);
  /// The smaller and the larger; NaN if either is.
  llvm::Value *lesser(llvm::Value *lhs, llvm::Value *rhs);
  llvm::Value *greater(llvm::Value *lhs, llvm::Value *rhs);
  /// Whether a value differs from 0.
  /// The language's step: above 0. What casts a number to a truth value.
  llvm::Value *isPositive(llvm::Value *value);
  llvm::Value *isNonZero(llvm::Value *value);

private:
  llvm::Value *applyReal(runtime::Primitive primitive, llvm::ArrayRef<llvm::Value *> operands);
  llvm::Value *applyInteger(runtime::Primitive primitive, llvm::ArrayRef<llvm::Value *> operands);
  llvm::Value *applyBoolean(runtime::Primitive primitive, llvm::ArrayRef<llvm::Value *> operands);
  llvm::Value *roundedToBfloat(llvm::Value *value);
  llvm::Value *withBfloatBits(llvm::Value *value);

  llvm::IRBuilder<> &ir;
  llvm::Module &module;
  MathEmitter math;
};

} // namespace tl::backend::cpu
