// What a forward program must keep for its derivatives.
#pragma once

#include "ir/tl/TlOps.h"

namespace tl::passes {

class Activity;

/// Makes `scan` carry all states of each tensor of which it carried the present one. False when it cannot: a
/// state is used by something that has no coordinates.
bool keepStates(ir::ScanOp scan);

/// Whether step after step the scan adds to what it carries as number `entry`, so that its end holds every
/// state.
bool isKept(ir::ScanOp scan, unsigned entry);

/// Whether the steps can be computed a second time by themselves: sums and maps of numbers alone. What
/// chooses among contributions, or multiplies them, numbers them through all steps at once.
bool canRunAgain(ir::ScanOp scan);

/// When the derivative of `scan` would keep more than `mostBytes` of its steps that the scan itself does not
/// keep, makes of it a scan over segments of about sqrt(steps) steps around a scan over the steps of one. The
/// first carries, and keeps, one state a segment; the second is run again by the reverse of its segment, so
/// the states and intermediate results kept at once are those of one segment. `scan` may be gone.
void segmentScan(ir::ScanOp scan, double mostBytes);

/// Whether `scan` is run again in the reverse of a step of the scan around it: it carries what begins in that
/// step.
bool isRunAgain(ir::ScanOp scan);

/// Makes tensors of the projections in `program` whose values, or the cotangents of whose values, several
/// assignments of their derivatives need. Inside a scan they are carried, one part a step; in one that is run
/// again they are tensors of the step.
void materializeProjections(ir::ProgramOp program, const Activity &activity);

} // namespace tl::passes
