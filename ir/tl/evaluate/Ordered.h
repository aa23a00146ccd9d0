// tl.normalize for the functions that take a row in its order.
#pragma once

#include "ir/tl/evaluate/Groups.h"

#include "ir/tl/TlOps.h"

namespace tl::ir {

/// Writes `kind` of `input`, group by group, to `output`, which is all zeros. `limit`: the last place of an
/// order.
runtime::Result<void> evaluateOrdered(Normalization kind, double limit, const runtime::Tensor &input,
                                      runtime::Tensor &output, const Groups &groups, Evaluator &evaluator);

} // namespace tl::ir
