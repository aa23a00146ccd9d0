// What the finished loops of a kernel allow, and what they cost.
#pragma once

#include "ir/plan/PlanOps.h"

namespace tl::passes {

/// On a `plan.each`: it encloses all that its kernel does, which is to add up one integer or to insert into a
/// relation, so that parts of its rows may be done apart. The frame says which rows a call does.
constexpr llvm::StringLiteral kSharedRows = "plan.shared_rows";

/// On a `tl.empty`: its one use, or the scan that carries it, writes every element, so that it may hold
/// anything before. On that use, where it is a product: that it writes and does not add.
constexpr llvm::StringLiteral kFilled = "plan.filled";

/// On an equation: its destination still holds nothing where the equation writes, as when a scan fills it
/// some rows at a time.
constexpr llvm::StringLiteral kFreshRows = "plan.fresh_rows";

/// Gives innermost reducing loops over contiguous reals lanes: 16 of f32, 8 of f64.
void markLanes(plan::KernelOp kernel);

/// Marks the outermost loop parallel when each of its iterations writes elements that no other iteration
/// writes.
void markParallel(plan::KernelOp kernel);

/// Whether a call writes every element of its destination, whatever was there: each of its loops runs over a
/// whole axis, and no condition stands around what is stored.
bool fillsResult(plan::KernelOp kernel);

/// Operations of one call, loops multiplied out; -1 when the rows of a relation are walked. A test and what
/// it guards count as if it always held.
std::int64_t estimateCost(plan::KernelOp kernel);

} // namespace tl::passes
