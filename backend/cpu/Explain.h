// What the cpu backend makes of a program, for people.
#pragma once

#include "backend/Executable.h"

#include <string>
#include <string_view>

namespace mlir {
class ModuleOp;
}

namespace tl::backend {

/// Each plans `module`, a module in `tl`, in place unless that has been done: the module as planned, its kernels as LLVM IR
/// after optimisation, and as assembly of this machine, both as for a run over much data.
runtime::Result<std::string> explainPlan(mlir::ModuleOp module);
runtime::Result<std::string> explainLlvm(mlir::ModuleOp module);
runtime::Result<std::string> explainAssembly(mlir::ModuleOp module);

/// The kernels of `executable` at a stage, `llvm` or `asm`; the reason in words when there is nothing to show.
std::string machineText(const Executable &executable, std::string_view stage);

} // namespace tl::backend
