// Runs a schedule: every assignment that its declarations admit.
#pragma once

#include "ir/tl/evaluate/Schedule.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace tl::ir {

/// Called for every admitted assignment; false stops the run.
using Sink = llvm::function_ref<bool(const Frame &frame)>;

/// Backtracks through the steps. Fails when it is cancelled or when `sink` stops it, with the error of
/// `sink`.
runtime::Result<void> forEachAssignment(Schedule &schedule, Evaluator &evaluator,
                                        llvm::function_ref<runtime::Result<void>(const Frame &frame)> sink);

/// The element at `place`: its row-major position, or none when the place is outside.
std::optional<std::int64_t> positionOf(const Place &place, const runtime::Shape &shape, const Frame &frame);

} // namespace tl::ir
