// Numbers of steps.
#include "passes/plan/StepNumbers.h"

#include "ir/plan/PlanOps.h"

namespace tl::passes {

llvm::DenseMap<mlir::Operation *, std::uint32_t> numberSteps(ir::ProgramOp program) {
  llvm::DenseMap<mlir::Operation *, std::uint32_t> numbers;
  program.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
    if (mlir::isa<plan::CallOp, plan::ProductOp, ir::NormalizeOp, ir::MatrixOp, ir::ExternalOp>(op))
      numbers.try_emplace(op, numbers.size() + 1);
  });
  return numbers;
}

} // namespace tl::passes
