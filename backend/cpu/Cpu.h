// The cpu backend: plans, compiles to machine code in process, runs.
#pragma once

#include "backend/Executable.h"

namespace tl::backend {

runtime::Result<std::unique_ptr<Executable>> compileCpu(mlir::ModuleOp module, const CompileOptions &options);

namespace cpu {

/// Turns a module in `tl` into kernels in `plan` and a schedule that calls them; see PlanOptions.
runtime::Result<void> planModule(mlir::ModuleOp module, const CompileOptions &options, bool carriesTensors);

} // namespace cpu

} // namespace tl::backend
