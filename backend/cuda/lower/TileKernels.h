// From `plan` to `tile`: which thread does what.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LogicalResult.h"

namespace tl::backend::cuda {

/// Turns every dense kernel, product and normalisation of a planned module into a `tile.kernel` and launches
/// of it. Whatever has no such form yet is an error at its equation; nothing of the module is to be used
/// then.
mlir::LogicalResult tileKernels(mlir::ModuleOp module);

/// The same as a pass, `--tl-tile-kernels`, for tests.
void registerTileKernels();

} // namespace tl::backend::cuda
