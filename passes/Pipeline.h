// From a module that says what is meant to one that says how it is done.
#pragma once

namespace mlir {
class OpPassManager;
}

namespace tl::passes {

/// Appends the passes that turn a module in `tl` into kernels and calls. Linear in the size of the module,
/// except that loop orders of one comprehension are compared pairwise.
void buildPlanPipeline(mlir::OpPassManager &manager);

/// Makes every pass, and the whole pipeline as `--tl-plan`, known to command lines such as tl-opt's.
void registerTlPasses();

} // namespace tl::passes
