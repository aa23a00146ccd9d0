// Kernels of tl.normalize.
#pragma once

#include "ir/tile/TileOps.h"
#include "ir/tl/TlOps.h"

#include "mlir/IR/Builders.h"

namespace tl::backend::cuda {

/// Whether rows of this kind are normalised by teams; those that take elements in order are not.
bool isTiled(ir::NormalizeOp op);

/// A kernel that takes the tensor and writes the normalised one; one team a row.
tile::KernelOp normalizeKernel(mlir::OpBuilder &builder, ir::NormalizeOp op);

} // namespace tl::backend::cuda
