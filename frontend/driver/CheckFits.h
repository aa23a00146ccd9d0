// Whether the tensors of a program fit into memory.
#pragma once

#include "frontend/driver/Load.h"

namespace tl::driver {

/// Refuses what no machine or what the cap of `budget` cannot hold, before anything is computed; `range` is
/// then that of the tensor.
runtime::Result<void> checkFits(const sema::TypedProgram &program, const LoadedData &data,
                                const runtime::MemoryBudget &budget, source::SourceRange &range);

} // namespace tl::driver
