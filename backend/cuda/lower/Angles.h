// Sines and cosines of f64, of however large an angle.
#pragma once

#include "llvm/IR/IRBuilder.h"

namespace tl::backend::cuda {

/// Within about 2 units in the last place; NaN of what is not finite.
llvm::Value *emitSine(llvm::IRBuilder<> &ir, llvm::Value *angle);
llvm::Value *emitCosine(llvm::IRBuilder<> &ir, llvm::Value *angle);

} // namespace tl::backend::cuda
