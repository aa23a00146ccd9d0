// The reference backend: walks `tl` with obvious loops; the oracle for every other backend.
#pragma once

#include "backend/Executable.h"

namespace tl::backend {

runtime::Result<std::unique_ptr<Executable>> compileReference(mlir::ModuleOp module, const CompileOptions &options);

} // namespace tl::backend
