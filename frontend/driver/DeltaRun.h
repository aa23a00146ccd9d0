// Going on from what earlier runs gave: delta programs, and answers that are there.
#pragma once

#include "frontend/driver/CompiledPrograms.h"
#include "frontend/driver/Reuse.h"
#include "runtime/core/Cancel.h"

namespace tl::driver {

/// What a run needs beside the program; all of it outlives the runs.
struct DeltaContext {
  const Options &options;
  const source::SourceManager &sources;
  LoadedData &data;
  runtime::MemoryBudget &budget;
  const runtime::CancelToken &cancel;
  CompiledPrograms *programs; ///< null: nothing is kept
};

/// What earlier runs leave to do.
struct Continued {
  ReusePlan plan;
  std::optional<backend::Answers> answers; ///< when nothing is left to do
};

/// Takes what still holds from the cache of the embedding program, and runs delta programs for what only
/// gains rows. Nothing is added so when the number of rounds is limited: those of a delta program are others.
runtime::Result<Continued> continueFrom(const DeltaContext &context, const sema::TypedProgram &program);

/// Gives indices that nothing but rows of relations depends on room for more cells than there are, so that
/// types, and with them compiled programs and kept relations, stay as they are while data grows. False when
/// something was reported.
bool leaveRoom(sema::TypedProgram &program, const LoadedData &data, source::DiagnosticEngine &diagnostics);

} // namespace tl::driver
