// What a forward program must keep for its derivatives.
#pragma once

#include "ir/tl/TlOps.h"

namespace tl::passes {

class Activity;

/// Makes `scan` carry all states of each tensor of which it carried the present one. False when it cannot: a
/// state is used by something that has no coordinates.
bool keepStates(ir::ScanOp scan);

/// Makes tensors of the projections in `program` whose values, or the cotangents of whose values, several
/// assignments of their derivatives need. Inside a scan they are carried, one part a step.
void materializeProjections(ir::ProgramOp program, const Activity &activity);

} // namespace tl::passes
