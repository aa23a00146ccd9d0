// Tables of elements that are few against their extents.
#pragma once

#include "frontend/driver/LoadRows.h"

namespace tl::driver {

/// Whether a tensor that only tables define is better kept as its rows.
bool isSparse(const sema::TypedProgram &program, sema::TensorId tensor,
              const std::vector<DataSource> &sources, const Rows &rows, TableStorage storage);

/// Nothing when something was reported: an element that comes twice under `=`, or a value of another type.
std::optional<SparseTensor> makeSparse(const sema::TensorSymbol &tensor, const Rows &rows,
                                       runtime::MemoryBudget &budget, FailureSink &failures);

/// The same tensor with every element.
std::optional<runtime::Tensor> makeDense(const sema::TypedProgram &program, sema::TensorId tensor,
                                         const SparseTensor &sparse, runtime::MemoryBudget &budget,
                                         FailureSink &failures);

} // namespace tl::driver
