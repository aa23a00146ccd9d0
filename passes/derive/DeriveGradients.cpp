// Replaces gradients by the equations that compute them.
#include "passes/Passes.h"
#include "passes/derive/Derivation.h"
#include "passes/derive/Derive.h"
#include "passes/derive/Prepare.h"
#include "passes/plan/SplitAverage.h"

#include "ir/tl/TlOps.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/SetVector.h"

namespace tl::passes {

#define GEN_PASS_DEF_DERIVEGRADIENTS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// The most bytes that are kept of the states of one scan, whatever the memory.
constexpr double kMostKept = 0x1p30;

/// The outermost scans that the gradient goes through.
SmallVector<ir::ScanOp> activeScans(ir::ProgramOp program, const Activity &activity) {
  llvm::SetVector<ir::ScanOp> scans;
  program.walk([&](ir::ComprehensionOpInterface equation) {
    ir::ScanOp outermost;
    for (auto scan = equation->getParentOfType<ir::ScanOp>(); scan;
         scan = scan->getParentOfType<ir::ScanOp>())
      outermost = scan;
    if (outermost && activity.reaches(equation.getCombined()))
      scans.insert(outermost);
  });
  return scans.takeVector();
}

/// What of the forward program can change is put into a form whose every step is one of the rules of
/// `Derivation`. An activity is of the program as it is, so each rewriting has its own.
LogicalResult prepare(ir::GradientOp gradient, double memory) {
  auto program = gradient->getParentOfType<ir::ProgramOp>();
  auto activity = [&] { return Activity(program, gradient.getScalar(), gradient.getTensors()); };
  for (ir::ScanOp scan : activeScans(program, activity()))
    segmentScan(scan, std::min(memory / 4, kMostKept));
  SmallVector<ir::ComprehensionOpInterface> averages;
  SmallVector<ir::ScanOp> scans;
  const Activity before = activity();
  program.walk([&](ir::ComprehensionOpInterface equation) {
    if (!before.reaches(equation.getCombined()))
      return;
    if (equation.getMonoid() == ir::Monoid::Average)
      averages.push_back(equation);
    for (auto scan = equation->getParentOfType<ir::ScanOp>(); scan;
         scan = scan->getParentOfType<ir::ScanOp>())
      if (!llvm::is_contained(scans, scan))
        scans.push_back(scan);
  });
  for (ir::ScanOp scan : scans)
    if (!keepStates(scan))
      return emitError(placeOf(gradient, 0),
                       "the derivative of this recursion over states is not supported yet");
  llvm::for_each(averages, splitAverage);
  materializeProjections(program, activity());
  return success();
}

} // namespace

LogicalResult deriveGradients(ModuleOp module, double memory) {
  SmallVector<ir::GradientOp> gradients;
  module.walk([&](ir::GradientOp op) { gradients.push_back(op); });
  for (ir::GradientOp op : gradients)
    if (failed(prepare(op, memory)) || !Derivation(op).run())
      return failure();
  return success();
}

namespace {

class DeriveGradients : public impl::DeriveGradientsBase<DeriveGradients> {
public:
  void runOnOperation() override {
    if (failed(deriveGradients(getOperation())))
      signalPassFailure();
  }
};

} // namespace

} // namespace tl::passes
