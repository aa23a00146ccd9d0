// What the finished loops of a kernel allow, and what they cost.
#pragma once

#include "ir/plan/PlanOps.h"

namespace tl::passes {

/// Gives innermost reducing loops over contiguous reals lanes: 16 of f32, 8 of f64.
void markLanes(plan::KernelOp kernel);

/// Marks the outermost loop parallel when each of its iterations writes elements that no other iteration
/// writes.
void markParallel(plan::KernelOp kernel);

/// Operations of one call, loops multiplied out; -1 when the rows of a relation are walked. A test and what
/// it guards count as if it always held.
std::int64_t estimateCost(plan::KernelOp kernel);

} // namespace tl::passes
