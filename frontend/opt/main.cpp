// tl-opt: reads IR, runs passes, prints IR; the tool of the IR tests.
#include "backend/cuda/lower/TileKernels.h"
#include "passes/Pipeline.h"

#include "ir/plan/PlanDialect.h"
#include "ir/tile/TileDialect.h"
#include "ir/tl/TlDialect.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<tl::ir::TlDialect, tl::plan::PlanDialect, tl::tile::TileDialect>();
  mlir::registerTransformsPasses();
  tl::passes::registerTlPasses();
  tl::backend::cuda::registerTileKernels();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "tl-opt: passes over programs in IR\n", registry));
}
