// Kernels to LLVM IR.
#include "backend/cpu/lower/LowerKernels.h"

#include "backend/cpu/lower/KernelEmitter.h"

#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

namespace tl::backend::cpu {

void lowerKernels(llvm::ArrayRef<plan::KernelOp> kernels, llvm::Module &module) {
  for (plan::KernelOp kernel : kernels)
    KernelEmitter(module, kernel).emit();
  assert(!llvm::verifyModule(module, &llvm::errs()) && "kernels lower to correct LLVM IR");
}

} // namespace tl::backend::cpu
