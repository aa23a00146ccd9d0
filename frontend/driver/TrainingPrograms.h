// The programs that one `learn` statement runs over and over.
#pragma once

#include "backend/Executable.h"
#include "frontend/driver/Training.h"
#include "frontend/driver/TrainingModules.h"
#include "frontend/driver/TrainingWatch.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"

namespace tl::driver {

/// A module and what runs it.
struct CompiledModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<backend::Executable> executable;
};

/// Everything a step needs, compiled once.
struct TrainingPrograms {
  std::vector<StepTensor> parameters;
  std::vector<StepTensor> states; ///< parameters and what the optimiser keeps
  std::vector<StepTensor> totals; ///< sums of gradients; empty without accumulation
  /// Hands out the loss, then the next value of every state and the rate; with accumulation, of every total.
  CompiledModule step;
  /// With accumulation: hands out the next value of every state and the rate.
  std::optional<CompiledModule> update;
  std::optional<CompiledModule> validation; ///< hands out the validation loss
};

/// Compiles the programs of one statement; what does not depend on its parameters is computed here, once, and
/// bound by its name.
class TrainingBuilder {
public:
  TrainingBuilder(TrainingContext &training, mlir::MLIRContext &context)
      : training(training), context(context) {}

  /// Values of tensors, with those of `given` bound.
  runtime::Result<std::vector<runtime::Value>> evaluate(const std::vector<sema::TensorId> &tensors,
                                                        const std::set<sema::TensorId> &given);
  runtime::Result<TrainingPrograms> build(const sema::Learning &learning, std::int64_t steps);
  /// The same step with every tensor that it computes handed out too, in the order in which they are
  /// computed.
  runtime::Result<CompiledModule> buildWatched(const sema::Learning &learning, std::int64_t steps,
                                               std::vector<WatchedTensor> &watched);
  runtime::Result<backend::Answers> run(const CompiledModule &compiled);
  /// Forgets what `build` bound.
  void clear();

private:
  runtime::Result<mlir::OwningOpRef<mlir::ModuleOp>> stepModule(const sema::Learning &learning,
                                                                const UpdateProgram &update);
  mlir::OwningOpRef<mlir::ModuleOp> emit(const std::vector<sema::TensorId> &outputs,
                                         const std::set<sema::TensorId> &given,
                                         std::optional<sema::ClassId> part = std::nullopt,
                                         std::optional<std::uint64_t> drawsOf = std::nullopt);
  mlir::OwningOpRef<mlir::ModuleOp> emitUpdate(const UpdateProgram &update);
  runtime::Result<CompiledModule> compile(mlir::OwningOpRef<mlir::ModuleOp> module);
  runtime::Result<void> computeUnchanging(const sema::Learning &learning);
  StepTensor stepTensor(sema::TensorId id) const;
  std::vector<StepTensor> parametersOf(const sema::Learning &learning) const;

  TrainingContext &training;
  mlir::MLIRContext &context;
  std::set<sema::TensorId> given; ///< parameters and what `computeUnchanging` bound
};

} // namespace tl::driver
