// What the finished loops of a kernel allow, and what they cost.
#pragma once

#include "ir/plan/PlanOps.h"

namespace tl::passes {

/// On a `plan.each`: it encloses all that its kernel does, which is to add up one integer, so that parts of
/// its rows may be added up apart. The frame says which rows a call does.
constexpr llvm::StringLiteral kSharedRows = "plan.shared_rows";

/// Gives innermost reducing loops over contiguous reals lanes: 16 of f32, 8 of f64.
void markLanes(plan::KernelOp kernel);

/// Marks the outermost loop parallel when each of its iterations writes elements that no other iteration
/// writes.
void markParallel(plan::KernelOp kernel);

/// Operations of one call, loops multiplied out; -1 when the rows of a relation are walked. A test and what
/// it guards count as if it always held.
std::int64_t estimateCost(plan::KernelOp kernel);

} // namespace tl::passes
