// Tensors that a scan need not carry.
#pragma once

#include "ir/tl/TlOps.h"

namespace tl::passes {

/// The scan without what it carries as number `entry`, which its body no longer uses; `scan` is gone.
ir::ScanOp withoutEntry(ir::ScanOp scan, unsigned entry);

/// The scan in which what each step alone makes and reads is a tensor of the step; `scan` may be gone.
ir::ScanOp narrowScan(ir::ScanOp scan);

} // namespace tl::passes
