// Functions of f32 written as polynomials, so that loops over them stay vectors.
#pragma once

#include "llvm/IR/IRBuilder.h"

namespace tl::backend::cpu {

/// Each within about 2 units in the last place on all of f32, subnormal results included; NaN in, NaN out.
/// The operands are f32 or vectors of f32; every lane gets the bits of the scalar form.
llvm::Value *emitExp(llvm::IRBuilder<> &ir, llvm::Value *value);
llvm::Value *emitTanh(llvm::IRBuilder<> &ir, llvm::Value *value);
llvm::Value *emitErf(llvm::IRBuilder<> &ir, llvm::Value *value);

} // namespace tl::backend::cpu
