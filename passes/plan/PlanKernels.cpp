// Turns comprehensions into kernels and calls.
#include "passes/Passes.h"
#include "passes/plan/KernelLoops.h"
#include "passes/plan/Products.h"
#include "passes/plan/ScopeWriter.h"

#include "ir/plan/PlanOps.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"

namespace tl::passes {

#define GEN_PASS_DEF_PLANKERNELS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// The text of a kernel without locations. Kernels of one text do the same to their arguments.
std::string textOf(plan::KernelOp kernel) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope());
  return text;
}

/// Some variable has no value, so that there is no assignment.
bool isOverNothing(ir::ComprehensionOpInterface op) {
  return llvm::any_of(op.getBody().front().getOps<ir::IndexOp>(), [](ir::IndexOp variable) {
    std::optional<Interval> range = declaredRange(variable);
    return range && range->isEmpty();
  });
}

/// The law: a comprehension is the loop nest over all assignments of its variables; a declaration may be
/// evaluated at any depth at which its operands are known, a dropped assignment is one whose remaining depths
/// are skipped, and loops commute because contributions are combined by a commutative monoid. (In floating
/// point the order that is chosen here is the order of evaluation.)
class PlanKernels : public impl::PlanKernelsBase<PlanKernels> {
public:
  void runOnOperation() override {
    auto programs = getOperation().getOps<ir::ProgramOp>();
    program = programs.empty() ? nullptr : (*programs.begin()).getOperation();
    SmallVector<ir::ComprehensionOpInterface> comprehensions;
    getOperation().walk([&](ir::ComprehensionOpInterface op) { comprehensions.push_back(op); });
    for (ir::ComprehensionOpInterface op : comprehensions)
      plan(op);
    getOperation().walk([](ir::EmptyOp empty) {
      if (empty.getTensor().use_empty())
        empty->erase();
    });
  }

private:
  void plan(ir::ComprehensionOpInterface op) {
    if (isOverNothing(op))
      return replace(op, op.getDest());
    if (std::optional<Product> product = matchProduct(op))
      return planProduct(op, *product);
    // Kernels come before the program, in the order of their first calls.
    OpBuilder builder(program);
    auto kernel = plan::KernelOp::create(builder, op.getLoc(), "kernel", 0);
    Block &body = kernel.getBody().emplaceBlock();
    KernelState state{OpBuilder::atBlockBegin(&body), KernelArguments(kernel, op.getDest()), IRMapping()};
    ScopeWriter(state, op.getBody().front()).writeComprehension(op);
    state.arguments.finish();
    markLanes(kernel);
    markParallel(kernel);
    kernel.setCost(estimateCost(kernel));
    if (passes::fillsResult(kernel))
      op.getDest().getDefiningOp()->setAttr(kFilled, builder.getUnitAttr());
    builder.setInsertionPoint(op);
    replace(op, state.arguments.call(builder, op.getLoc(), unify(kernel).getSymName()));
  }

  void planProduct(ir::ComprehensionOpInterface op, const Product &product) {
    OpBuilder builder(op);
    const bool isFilled = fillsResult(op, product);
    auto planned = plan::ProductOp::create(
        builder, op.getLoc(), op.getDest().getType(), product.extents,
        builder.getAffineMapArrayAttr(product.maps), product.lhs, product.rhs, op.getDest(),
        product.positions, product.positions.empty() ? nullptr : builder.getDenseI64ArrayAttr(product.steps));
    if (isFilled) {
      op.getDest().getDefiningOp()->setAttr(kFilled, builder.getUnitAttr());
      planned->setAttr(kFilled, builder.getUnitAttr());
    }
    replace(op, planned.getCombined());
  }

  /// A new tensor of which the product, at every step, reaches as many elements as there are.
  static bool fillsResult(ir::ComprehensionOpInterface op, const Product &product) {
    auto empty = op.getDest().getDefiningOp<ir::EmptyOp>();
    if (!empty || !empty.getTensor().hasOneUse() || empty->getBlock() != op->getBlock())
      return false;
    for (auto [number, position] : llvm::enumerate(product.positions)) {
      const std::optional<Interval> steps = scanRange(position);
      if (!steps || product.steps[2 * number] > steps->lower || product.steps[2 * number + 1] <= steps->upper)
        return false;
    }
    std::int64_t reached = 1;
    for (auto [dimension, extent] : llvm::enumerate(product.extents))
      if (product.maps[2].isFunctionOfDim(static_cast<unsigned>(dimension)))
        reached *= extent;
    return reached == ir::denseType(op.getDest().getType()).getNumElements();
  }

  void replace(ir::ComprehensionOpInterface op, Value combined) {
    op->getResult(0).replaceAllUsesWith(combined);
    op->erase();
  }

  plan::KernelOp unify(plan::KernelOp kernel) {
    plan::KernelOp &known = kernels[textOf(kernel)];
    if (known) {
      kernel->erase();
      return known;
    }
    known = kernel;
    kernel.setSymName(("kernel" + Twine(kernels.size() - 1)).str());
    return kernel;
  }

  Operation *program = nullptr;
  llvm::StringMap<plan::KernelOp> kernels;
};

} // namespace

} // namespace tl::passes
