// The options of a `learn` statement.
#pragma once

#include "frontend/sema/Names.h"

namespace tl::sema {

/// Fills everything of `learning` that options say; reports unknown ones and values that make no sense.
void readLearningOptions(const ast::Learn &statement, Learning &learning, const Names &names,
                         const CheckOptions &options, source::DiagnosticEngine &diagnostics);

} // namespace tl::sema
