// The reference backend: walks `tl` with obvious loops; the oracle for every other backend.
#pragma once

#include "backend/Executable.h"

namespace tl::backend {

/// Nothing is compiled: the executable walks `module`, which must outlive it.
runtime::Result<std::unique_ptr<Executable>> compileReference(mlir::ModuleOp module,
                                                              const CompileOptions &options);

} // namespace tl::backend
