// Leaves out tensors that are copies of others.
#include "passes/Passes.h"
#include "passes/plan/Elementwise.h"

#include "mlir/IR/BuiltinOps.h"

namespace tl::passes {

#define GEN_PASS_DEF_FOLDCOPIES
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Data, and what one op computes as a whole: nothing writes into it later, as equations do into what a
/// recursion carries.
bool isFinished(Value tensor) {
  return tensor.getDefiningOp<ir::ReadOp>() || tensor.getDefiningOp<ir::NormalizeOp>() ||
         tensor.getDefiningOp<ir::MatrixOp>() || tensor.getDefiningOp<ir::ExternalOp>();
}

/// Whether `tensor` is read only, and is not what an equation or a recursion begins with.
bool isOnlyRead(Value tensor) {
  return llvm::all_of(tensor.getUsers(), [](Operation *user) {
    return isa<ir::AtOp, ir::NormalizeOp, ir::MatrixOp, ir::ExternalOp, ir::QueryOp, ir::WriteOp>(user);
  });
}

/// map x  ==  x, for a finished x and a copy that is only read.
class FoldCopies : public impl::FoldCopiesBase<FoldCopies> {
public:
  void runOnOperation() override {
    SmallVector<ir::ComprehensionOpInterface> copies;
    getOperation().walk([&](ir::ComprehensionOpInterface op) { copies.push_back(op); });
    for (ir::ComprehensionOpInterface op : copies) {
      Value source = op.getMonoid() == ir::Monoid::Average ? Value() : copiedSource(op);
      if (!source || !isFinished(source) || !isOnlyRead(op.getCombined()))
        continue;
      Operation *empty = op.getDest().getDefiningOp();
      op.getCombined().replaceAllUsesWith(source);
      op->erase();
      empty->erase();
    }
  }
};

} // namespace

} // namespace tl::passes
