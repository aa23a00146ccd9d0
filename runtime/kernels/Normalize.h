// Softmax and its relatives along axes of a tensor.
#pragma once

#include "runtime/core/Tensor.h"
#include "runtime/kernels/NormalizeRows.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tl::runtime {

class ThreadPool;

/// `in` normalised jointly over `axes`, separately for each position of the other axes. An absent element
/// takes no part and becomes 0; the result is dense. `parameters`: eps of lnorm, rmsnorm and l2norm, 0 when
/// left out. `resultType` is a float type, by default that of `in`, or f64 when it has none. f64 is computed
/// in f64, all else in f32 (from integers: in the result's type). The same bits for every number of threads;
/// `pool` may be null. Fails only for lack of memory.
Result<Tensor> normalize(NormalizationKind kind, const Tensor &in, const std::vector<std::int64_t> &axes,
                         std::span<const double> parameters, MemoryBudget &budget, ThreadPool *pool,
                         std::optional<ElementType> resultType = std::nullopt);

/// The same into `out`, of the shape of `in` and a float type; what it held stays only where `in` has no
/// elements.
Result<void> normalizeInto(NormalizationKind kind, const Tensor &in, Tensor &out,
                           const std::vector<std::int64_t> &axes, std::span<const double> parameters,
                           MemoryBudget &budget, ThreadPool *pool);

/// The same, in the storage of `tensor`, which has a float type, no absent elements, and is copied first when
/// it is shared.
Result<void> normalizeInPlace(NormalizationKind kind, Tensor &tensor, const std::vector<std::int64_t> &axes,
                              std::span<const double> parameters, MemoryBudget &budget, ThreadPool *pool);

} // namespace tl::runtime
