// Code that runs without the compiler.
#pragma once

#include "backend/Executable.h"
#include "runtime/execute/Program.h"

#include <string>
#include <string_view>
#include <vector>

namespace tl::backend {

/// A program as data for the executor of the runtime, and its kernels as object files of this platform, in
/// which kernel number N is the function `tlKernelN`.
struct StandaloneCode {
  runtime::Program program;
  std::vector<std::string> objects;
  std::vector<std::string> features; ///< of the processor that the kernels need
};

/// The code of `planned`, a module that the cpu backend has compiled, for `processor`: `native` or a name
/// that LLVM knows, such as `x86-64-v3`. Kernels are optimised as for much data. The same bits as in process.
runtime::Result<StandaloneCode> standaloneCode(mlir::ModuleOp planned, const CompileOptions &options,
                                               std::string_view processor);

} // namespace tl::backend
