// Averages as sums, counts and divisions.
#pragma once

#include "ir/tl/TlOps.h"

namespace tl::passes {

/// Replaces an equation under `avg` by a sum, a count and a division; see the law at its definition.
void splitAverage(ir::ComprehensionOpInterface op);

} // namespace tl::passes
