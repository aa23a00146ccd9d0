// The order of the passes.
#include "passes/Pipeline.h"

#include "passes/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

namespace tl::passes {

namespace generated {
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"
} // namespace generated

void buildPlanPipeline(mlir::OpPassManager &manager, const PlanOptions &options) {
  manager.addPass(createTightenRanges());
  manager.addPass(createSplitAverage());
  manager.addPass(createNarrowScans());
  // Before outlining, so that a projection that needs few variables is seen with just those.
  manager.addPass(createHoistDeclarations());
  manager.addPass(createSplitIndexes());
  manager.addPass(createLinearizeClosures());
  manager.addPass(createSplitRules());
  manager.addPass(createMakeSemiNaive({options.carriesTensors}));
  manager.addPass(createFactorSums());
  manager.addPass(createOutlineProjections());
  manager.addPass(createOrderProducts());
  if (options.fuses) {
    manager.addPass(createFoldCopies());
    manager.addPass(createFuseMaps());
    BlockRowsOptions blocks;
    if (options.rowBytes != 0) {
      blocks.blockBytes = options.rowBytes;
      blocks.leastRows = 1;
    }
    manager.addPass(createBlockRows(blocks));
  }
  manager.addPass(createPlanKernels());
}

void registerTlPasses() {
  generated::registerTlPasses();
  mlir::PassPipelineRegistration<>("tl-plan", "everything that turns tl into kernels and calls",
                                   [](mlir::OpPassManager &manager) { buildPlanPipeline(manager); });
}

} // namespace tl::passes
