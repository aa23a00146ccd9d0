// Every op of `tl`, one include a line; the definitions are in ops/.
#ifndef TL_OPS_TD
#define TL_OPS_TD

include "ir/tl/TlBase.td"
include "ir/tl/ops/Program.td"
include "ir/tl/ops/Data.td"
include "ir/tl/ops/Comprehension.td"
include "ir/tl/ops/Scalar.td"
include "ir/tl/ops/Normalize.td"
include "ir/tl/ops/Matrix.td"
include "ir/tl/ops/External.td"
include "ir/tl/ops/Recursion.td"
include "ir/tl/ops/Gradient.td"

#endif
