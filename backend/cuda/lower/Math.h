// Functions that are no instruction of a GPU, as arithmetic: no library of the vendor is needed.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/IR/IRBuilder.h"

#include <string>

namespace tl::backend::cuda {

/// The function of `apply` in words if there is no code for it yet; empty: there is.
std::string missingFunction(ir::ApplyOp apply);

/// The function of libm called `name` over scalars of f32 or f64, within 2 units in the last place. f32 is
/// computed in f64 and rounded once. Only what missingFunction lets pass.
llvm::Value *emitMath(llvm::IRBuilder<> &ir, llvm::StringRef name, llvm::ArrayRef<llvm::Value *> operands);

} // namespace tl::backend::cuda
