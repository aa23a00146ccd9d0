// What the cpu backend makes of a program, for people.
#pragma once

#include "runtime/core/Result.h"

#include <string>

namespace mlir {
class ModuleOp;
}

namespace tl::backend {

/// Each plans `module`, a module in `tl`, in place unless that has been done: the module as planned, its kernels as LLVM IR
/// after optimisation, and as assembly of this machine, both as for a run over much data.
runtime::Result<std::string> explainPlan(mlir::ModuleOp module);
runtime::Result<std::string> explainLlvm(mlir::ModuleOp module);
runtime::Result<std::string> explainAssembly(mlir::ModuleOp module);

} // namespace tl::backend
