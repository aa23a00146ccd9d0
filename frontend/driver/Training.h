// Runs the `learn` statements of a program.
#pragma once

#include "frontend/driver/Load.h"
#include "frontend/driver/Options.h"
#include "frontend/driver/TrainingLibrary.h"

namespace tl::driver {

/// What training works on.
struct TrainingContext {
  sema::TypedProgram &program;
  LoadedData &data;
  const source::SourceManager &sources;
  source::DiagnosticEngine &diagnostics;
  const TrainingLibrary &library;
  const Options &options;
  runtime::MemoryBudget &budget;
  const runtime::CancelToken &cancel;
};

/// The parameters of a program: after training all of them are bound.
std::set<sema::TensorId> parametersOf(const sema::TypedProgram &program);

/// Gives every parameter its initial value and runs the `learn` statements in their order; on success the bindings
/// of the data hold the final parameters. What a program cannot do is an error of the statement at `range`.
runtime::Result<void> train(TrainingContext &training, std::string_view programText,
                            source::SourceRange &range);

} // namespace tl::driver
