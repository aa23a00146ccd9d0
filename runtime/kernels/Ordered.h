// Functions that take the elements of a row in their order: running sums, sorting, ranks.
#pragma once

#include "runtime/core/Tensor.h"

#include <cstdint>
#include <vector>

namespace tl::runtime {

class ThreadPool;

/// Of the elements of a row that are present:
enum class OrderedKind {
  CumSum,  ///< the sum of all up to this one, reals carried in f64
  CumProd, ///< the product
  Sort,    ///< ascending, NaN last, in the places that are present
  Rank,    ///< the place in ascending order from 0, ties in the order of the row, NaN last
  Order,   ///< the place in descending order from 1, ties in the order of the row, NaN last; 0 beyond a limit
};

/// `in` jointly over `axes`, separately for each position of the others. An absent element takes no part and
/// becomes 0; the result is dense, of i64 for Rank and Order and else of the type of `in`. `limit`: the last
/// place that Order gives. The same for every number of threads; `pool` may be null. Fails only for lack of
/// memory.
Result<Tensor> ordered(OrderedKind kind, const Tensor &in, const std::vector<std::int64_t> &axes,
                       double limit, MemoryBudget &budget, ThreadPool *pool);

} // namespace tl::runtime
