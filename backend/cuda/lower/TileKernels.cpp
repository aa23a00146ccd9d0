// Every kernel, product and normalisation of a program as a kernel of teams.
#include "backend/cuda/lower/TileKernels.h"

#include "backend/cuda/lower/Deal.h"
#include "backend/cuda/lower/Math.h"
#include "backend/cuda/lower/NormalizeKernel.h"
#include "backend/cuda/lower/ProductKernel.h"
#include "ir/plan/PlanOps.h"
#include "ir/tile/TileOps.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tl::backend::cuda {

using namespace mlir;

namespace {

/// What of a program has no form in `tile` yet, in words; empty: it has.
std::string missingIn(Operation &op) {
  return llvm::TypeSwitch<Operation *, std::string>(&op)
      .Case<plan::SemiNaiveOp, plan::RowsOp, plan::IndexByOp>(
          [](Operation *) { return "a join of relations"; })
      .Case<ir::MatrixOp>([](ir::MatrixOp matrix) {
        return "the matrix function '" + ir::stringifyMatrixFunction(matrix.getFunction()).str() + "'";
      })
      .Case<ir::ExternalOp>([](Operation *) { return "a function of a library"; })
      .Case<ir::NormalizeOp>([](ir::NormalizeOp normalize) {
        return "'" + ir::stringifyNormalization(normalize.getKind()).str() + "' of elements in order";
      })
      .Case<plan::ForOp, plan::IfOp, plan::ReduceOp, plan::ContributeOp, plan::LoadOp, plan::PresentOp,
            plan::InsideOp, plan::CombineOp, plan::ApplyMapOp, ir::NumberOp, ir::CastOp, ir::ReadOp,
            ir::EmptyOp, ir::ScanOp, ir::FixpointOp, ir::NextOp, ir::QueryOp, ir::WriteOp, tile::LaunchOp>(
          [](Operation *) { return ""; })
      .Case<ir::ApplyOp>([](ir::ApplyOp apply) { return missingFunction(apply); })
      .Default([](Operation *) { return "a join of relations"; });
}

std::string missingIn(plan::KernelOp kernel) {
  std::string missing;
  kernel.getBody().walk([&](Operation *op) {
    missing = missingIn(*op);
    return missing.empty() ? WalkResult::advance() : WalkResult::interrupt();
  });
  return missing;
}

bool holdsRelations(Operation *op) {
  auto isRelation = [](Type type) { return ir::isRelation(type); };
  return llvm::any_of(op->getOperandTypes(), isRelation) || llvm::any_of(op->getResultTypes(), isRelation);
}

LogicalResult reportMissing(Operation *op, const Twine &what) {
  return op->emitError(what) << " is not supported by the CUDA backend yet";
}

class Tiler {
public:
  explicit Tiler(ModuleOp module) : module(module) {}

  LogicalResult run() {
    auto programs = module.getOps<ir::ProgramOp>();
    program = programs.empty() ? nullptr : (*programs.begin()).getOperation();
    SmallVector<plan::CallOp> calls;
    SmallVector<plan::ProductOp> products;
    SmallVector<ir::NormalizeOp> normalizations;
    module.walk([&](Operation *op) {
      llvm::TypeSwitch<Operation *>(op)
          .Case<plan::CallOp>([&](auto call) { calls.push_back(call); })
          .Case<plan::ProductOp>([&](auto product) { products.push_back(product); })
          .Case<ir::NormalizeOp>([&](auto normalize) { normalizations.push_back(normalize); });
    });
    for (plan::CallOp call : calls)
      if (failed(tile(call)))
        return failure();
    for (plan::ProductOp product : products)
      tile(product);
    for (ir::NormalizeOp normalize : normalizations)
      if (isTiled(normalize))
        tile(normalize);
    return checkProgram();
  }

private:
  LogicalResult tile(plan::CallOp call) {
    auto found = kernels.find(call.getKernel());
    if (found == kernels.end()) {
      auto kernel = SymbolTable::lookupNearestSymbolFrom<plan::KernelOp>(call, call.getKernelAttr());
      if (holdsRelations(call))
        return reportMissing(call, "a join of relations");
      if (std::string missing = missingIn(kernel); !missing.empty())
        return reportMissing(call, missing);
      found = kernels.try_emplace(call.getKernel(), dealOut(kernel)).first;
    }
    OpBuilder builder(call);
    auto launch = tile::LaunchOp::create(builder, call.getLoc(), call.getCombined().getType(),
                                         found->second.getSymName(), call.getInputs(), call.getDest());
    call.replaceAllUsesWith(launch.getCombined());
    call->erase();
    return success();
  }

  void tile(plan::ProductOp product) {
    OpBuilder builder(program);
    tile::KernelOp kernel = named(productKernel(builder, product), "product");
    builder.setInsertionPoint(product);
    SmallVector<Value> inputs(product.getPositions());
    inputs.append({product.getLhs(), product.getRhs()});
    auto launch = tile::LaunchOp::create(builder, product.getLoc(), product.getDest().getType(),
                                         kernel.getSymName(), inputs, product.getDest());
    product.replaceAllUsesWith(launch.getCombined());
    product->erase();
  }

  void tile(ir::NormalizeOp normalize) {
    OpBuilder builder(program);
    tile::KernelOp kernel = named(normalizeKernel(builder, normalize), "normalize");
    builder.setInsertionPoint(normalize);
    Type type = normalize.getNormalized().getType();
    auto empty = ir::EmptyOp::create(builder, normalize.getLoc(), type, ir::Monoid::Add);
    auto launch = tile::LaunchOp::create(builder, normalize.getLoc(), type, kernel.getSymName(),
                                         ValueRange{normalize.getTensor()}, empty.getTensor());
    normalize.replaceAllUsesWith(launch.getCombined());
    normalize->erase();
  }

  /// The kernel under a name of its own, or the one of the same text that is there already.
  tile::KernelOp named(tile::KernelOp kernel, StringRef stem) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    kernel->print(stream, OpPrintingFlags().useLocalScope());
    tile::KernelOp &known = byText[text];
    if (known) {
      kernel->erase();
      return known;
    }
    known = kernel;
    kernel.setSymName((stem + Twine(byText.size() - 1)).str());
    return kernel;
  }

  /// Whatever is left of `plan` and `tl` has to be what the schedule does itself.
  LogicalResult checkProgram() {
    WalkResult result = program->walk([&](Operation *op) {
      if (op == program)
        return WalkResult::advance();
      std::string missing = missingIn(*op);
      if (missing.empty() && holdsRelations(op))
        missing = "a relation";
      return missing.empty() ? WalkResult::advance() : WalkResult(reportMissing(op, missing));
    });
    return failure(result.wasInterrupted());
  }

  ModuleOp module;
  Operation *program = nullptr;
  llvm::StringMap<tile::KernelOp> kernels;
  llvm::StringMap<tile::KernelOp> byText;
};

class TileKernels : public PassWrapper<TileKernels, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TileKernels)
  StringRef getArgument() const override { return "tl-tile-kernels"; }
  StringRef getDescription() const override {
    return "kernels of a planned program as teams of a GPU's threads";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<tile::TileDialect>();
  }
  void runOnOperation() override {
    if (failed(tileKernels(getOperation())))
      signalPassFailure();
  }
};

} // namespace

LogicalResult tileKernels(ModuleOp module) {
  module.getContext()->loadDialect<tile::TileDialect>();
  return Tiler(module).run();
}

void registerTileKernels() {
  PassRegistration<TileKernels>();
}

} // namespace tl::backend::cuda
