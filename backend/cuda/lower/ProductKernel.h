// Kernels of plan.product.
#pragma once

#include "ir/plan/PlanOps.h"
#include "ir/tile/TileOps.h"

#include "mlir/IR/Builders.h"

namespace tl::backend::cuda {

/// A kernel that takes the positions, the two sides and the destination of `op`.
tile::KernelOp productKernel(mlir::OpBuilder &builder, plan::ProductOp op);

} // namespace tl::backend::cuda
