// Kernels to LLVM IR.
#pragma once

#include "ir/plan/PlanOps.h"

#include "llvm/ADT/ArrayRef.h"

namespace llvm {
class Module;
}

namespace tl::backend::cpu {

/// Adds one function `void name(const TlFrame *)` per kernel to `module`, whose data layout is that of the
/// host.
void lowerKernels(llvm::ArrayRef<plan::KernelOp> kernels, llvm::Module &module);

} // namespace tl::backend::cpu
