// The backend for NVIDIA's GPUs.
#pragma once

#include "backend/Executable.h"

namespace tl::backend {

/// Plans the program and makes kernels of it. Compiling needs no GPU; running does, and says so where there
/// is none. Programs that this backend cannot run are an error that names the first equation it lacks.
runtime::Result<std::unique_ptr<Executable>> compileCuda(mlir::ModuleOp module,
                                                         const CompileOptions &options);

} // namespace tl::backend
