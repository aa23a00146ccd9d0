// Kernels to LLVM IR, optimised, to PTX text.
#include "backend/cuda/Ptx.h"

#include "backend/cuda/lower/TileEmitter.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

#include <memory>

extern "C" {
void LLVMInitializeNVPTXTargetInfo();
void LLVMInitializeNVPTXTarget();
void LLVMInitializeNVPTXTargetMC();
void LLVMInitializeNVPTXAsmPrinter();
}

namespace tl::backend::cuda {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

/// Multiplications and additions are never fused unless the IR says so: the bits are those of the other
/// backends.
Result<std::unique_ptr<llvm::TargetMachine>> machineFor(const Capability &capability) {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  const llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string reason;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, reason);
  if (!target)
    return Error{ErrorKind::Unsupported, "this build has no code generator for GPUs: " + reason};
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, capability.name, capability.features, options, std::nullopt,
                                  std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

void optimise(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

} // namespace

Result<std::string> ptxOf(const std::vector<tile::KernelOp> &kernels, const Capability &capability) {
  Result<std::unique_ptr<llvm::TargetMachine>> machine = machineFor(capability);
  if (!machine)
    return machine.error();
  llvm::LLVMContext context;
  llvm::Module module("kernels", context);
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  for (tile::KernelOp kernel : kernels)
    TileEmitter(module, kernel).emit();
  assert(!llvm::verifyModule(module, &llvm::errs()) && "kernels lower to correct LLVM IR");
  optimise(module, **machine);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile))
    return Error{ErrorKind::Unsupported, "this build writes no PTX"};
  passes.run(module);
  return text.str().str();
}

} // namespace tl::backend::cuda
