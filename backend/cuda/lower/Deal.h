// Which loops of a kernel are dealt out to teams, and which to the threads of one.
#pragma once

#include "ir/plan/PlanOps.h"
#include "ir/tile/TileOps.h"

namespace tl::backend::cuda {

/// Threads of a warp, and of a block whose teams are smaller than it.
constexpr std::int64_t kWarp = 32;
constexpr std::int64_t kBlock = 256;

/// Makes the program of one team of `kernel`, which is erased. The law: a loop whose index stands alone in
/// one axis of every place that the kernel writes to has iterations that write different elements, so they
/// may be done apart; and contributions to a reduction commute.
tile::KernelOp dealOut(plan::KernelOp kernel);

} // namespace tl::backend::cuda
