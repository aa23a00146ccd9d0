// Machine code of kernels, in this process.
#pragma once

#include "backend/Executable.h"
#include "backend/cpu/ObjectCache.h"
#include "ir/plan/PlanOps.h"
#include "runtime/abi/KernelAbi.h"
#include "runtime/execute/Program.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tl::backend::cpu {

/// The kernels of one level of optimisation. Levels change the time that compiling takes, never a result.
struct Tier {
  int level = 0; ///< 0: as it comes; 1: cleaned up; 2: loops vectorised by LLVM too; 3: LLVM's full pipeline
  std::vector<plan::KernelOp> kernels;
};

/// Compiled code; its functions are valid while it lives.
class Jit {
public:
  /// Compiles every tier that `cache` does not hold. The kernels are not needed afterwards.
  static runtime::Result<std::unique_ptr<Jit>> compile(const std::vector<Tier> &tiers,
                                                       const ObjectCache &cache);
  ~Jit();

  /// The function of the kernel called `name`.
  runtime::Result<TlKernel> find(llvm::StringRef name) const;

private:
  Jit();
  class Impl;
  std::unique_ptr<Impl> impl;
};

/// Kernels as object files.
struct ObjectCode {
  std::vector<std::string> files;
  std::vector<std::string> features; ///< of the processor that they need
};

/// The kernels of every tier, called `tlKernel0`, `tlKernel1`, ... in the order of `kernels`, for
/// `processor`: `native` or a name that LLVM knows.
runtime::Result<ObjectCode> objectCode(const std::vector<Tier> &tiers,
                                       const std::vector<runtime::KernelSignature> &kernels,
                                       std::string_view processor);

/// The kernels as LLVM IR after optimisation, and as assembly of this machine, for people.
runtime::Result<std::string> llvmText(const std::vector<Tier> &tiers);
runtime::Result<std::string> assemblyText(const std::vector<Tier> &tiers);

} // namespace tl::backend::cpu
