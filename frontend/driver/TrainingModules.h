// Modules of a training step: a loss, its gradients, and the update, put together.
#pragma once

#include "frontend/driver/TrainingUpdate.h"
#include "runtime/core/Result.h"

#include "mlir/Support/LLVM.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace tl::driver {

/// How examples are taken: `axisClass` has `size` elements in the module that is given, `examples` in the data.
struct BatchAxis {
  sema::ClassId axisClass = 0;
  std::int64_t size = 0;
  std::int64_t examples = 0;
};

/// Reads data with an index over examples as a whole, and takes the rows that the tensor `kBatchRows` lists. False
/// when something else depends on how many examples there are: `misfit` is its name. `extents` are those of all
/// classes with the whole data.
bool takeBatch(mlir::ModuleOp module, const sema::TypedProgram &program, const BatchAxis &batch,
               const std::vector<std::int64_t> &extents, std::string &misfit);

/// `forward` hands out the loss and then every parameter. Makes of it a module that hands out the loss, and then
/// the outputs of `update`, which reads parameters and their gradients. Gradients are derived; what has no
/// derivative is reported to the context. `memory`: see `passes::deriveGradients`.
mlir::LogicalResult appendUpdate(mlir::ModuleOp forward, mlir::ModuleOp update,
                                 const std::vector<StepTensor> &parameters, double memory);

} // namespace tl::driver
