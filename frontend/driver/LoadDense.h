// Literals, array files and tables of elements as dense tensors of their final shape.
#pragma once

#include "frontend/driver/LoadRows.h"

namespace tl::driver {

/// The largest element of integer data, which bounds what it is the index of; none for data with a fraction.
std::optional<std::int64_t> largestElement(const sema::TensorSymbol &tensor,
                                           const std::vector<DataSource> &sources);

/// The numbers of a literal as i64 or f64.
runtime::Result<runtime::Tensor> literalArray(const ast::Literal &literal, const std::string &name,
                                              runtime::MemoryBudget &budget);

/// Combines all data of a dense tensor under its operator, in its element type and the extents of its
/// classes; what no data reaches is the operator's identity, absent for `max=` and `min=`. Nothing when
/// something was reported.
std::optional<runtime::Tensor> makeDense(const sema::TypedProgram &program, sema::TensorId tensor,
                                         std::vector<DataSource> &sources, const Rows &rows,
                                         runtime::MemoryBudget &budget, FailureSink &failures);

} // namespace tl::driver
