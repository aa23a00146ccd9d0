// Derivatives of whole programs: equations that compute cotangents, appended to the equations they derive.
#pragma once

#include "mlir/Support/LLVM.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace tl::passes {

/// Puts, in place of every `tl.gradient` of `module`, the equations that compute its results, and makes
/// tensors of the projections of the forward program that they read again. Runs on a module in `tl`, before
/// any backend. The result is a module in `tl` without `tl.gradient`, so it runs on every backend and can be
/// derived again.
///
/// A tensor that does not influence the scalar gets zeros and a warning at the op's location; what has no
/// derivative yet is an error there, and then the module is not to be run. Both are reported to the context's
/// diagnostics.
///
/// Of a scan whose states the derivative alone would keep, one state in about sqrt(steps) is kept and the
/// steps between are computed again, when all of them would take more than a quarter of `memory`, in bytes,
/// or 1 GiB. Sums over the steps are then added up in another order.
mlir::LogicalResult deriveGradients(mlir::ModuleOp module, double memory = 0x1p32);

} // namespace tl::passes
