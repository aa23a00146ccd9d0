// From a module that says what is meant to one that says how it is done.
#pragma once

#include <cstdint>

namespace mlir {
class OpPassManager;
}

namespace tl::passes {

/// What the pipeline may leave out, for tests and measurements, or for a machine that cannot run it.
struct PlanOptions {
  bool fuses = true;          ///< equations with those that they read, and chains of them row by row
  std::int64_t rowBytes = 0;  ///< of a block of rows; 0: as much as the nearest caches hold
  bool carriesTensors = true; ///< recursions under max and min in rounds over what changed
};

/// Appends the passes that turn a module in `tl` into kernels and calls. Linear in the size of the module,
/// except that loop orders of one comprehension are compared pairwise.
void buildPlanPipeline(mlir::OpPassManager &manager, const PlanOptions &options = {});

/// Makes every pass, and the whole pipeline as `--tl-plan`, known to command lines such as tl-opt's.
void registerTlPasses();

} // namespace tl::passes
