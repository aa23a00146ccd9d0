// A dense tensor of elements given one a row.
#pragma once

#include "runtime/package/Package.h"

namespace tl::runtime {

/// The tensor of `input` whose elements are `values` at the indices `cells`, row after row, combined as the
/// input says; what no row reaches is the identity of that combination.
Result<Tensor> tensorOfRows(const Input &input, const std::vector<Cell> &cells,
                            const std::vector<double> &values, const std::string &origin,
                            MemoryBudget &budget);

} // namespace tl::runtime
