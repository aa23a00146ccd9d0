// A plan in words: what runs, over which rows and indices, how much of it is expected and how much there was.
#pragma once

#include "frontend/source/SourceManager.h"
#include "runtime/core/Run.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace tl::print {

/// The plan of a planned module as a tree: recursions, their rules and equations in the order in which they
/// run, and under each the loops that it becomes. On the left the rows, or the scalar operations of one call,
/// that are expected; with a `profile` of a run of this module also the rows that were read and made, the
/// calls and the time. Nothing is expected of rows that rounds of a recursion make.
std::string planTree(mlir::ModuleOp module, const source::SourceManager &sources,
                     const runtime::Profile *profile = nullptr);

} // namespace tl::print
