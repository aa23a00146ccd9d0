// Products of two dense tensors, summed over shared indices.
#pragma once

#include "runtime/core/Memory.h"
#include "runtime/parallel/ThreadPool.h"

#include <cstdint>
#include <vector>

namespace tl::runtime {

/// One index of a product: its extent, and how far apart its neighbours lie in each tensor, in elements; 0
/// where a tensor lacks it.
struct ProductIndex {
  std::int64_t extent = 1;
  std::int64_t lhs = 0;
  std::int64_t rhs = 0;
  std::int64_t result = 0;
};

/// result[b,m,n] += sum over k of lhs[b,m,k] rhs[b,k,n]; each of b, m, n, k stands for any number of indices.
/// An index is summed when the result lacks it; every index is in two of the tensors at least.
struct ProductLayout {
  std::vector<ProductIndex> batch, rows, columns, inner;
};

/// Sorts indices by the tensors that have them.
ProductLayout productLayout(const std::vector<ProductIndex> &indices);

/// Memory for packed panels, kept from one product to the next; charged to its budget.
class ProductScratch {
public:
  explicit ProductScratch(MemoryBudget &budget) : budget(budget) {}
  /// At least `bytes` bytes, valid until the next call.
  Result<std::byte *> bytes(std::size_t bytes);

private:
  MemoryBudget &budget;
  Buffer buffer;
};

/// What a product may use. `stop` ends it early when it becomes non-zero; the result is then incomplete.
struct ProductContext {
  ProductScratch &scratch;
  ThreadPool &pool;
  const volatile std::int32_t *stop;
  bool isFresh =
      false; ///< the result holds nothing yet: it is written instead of added to, the same as on zeros
};

/// Adds the product to `result`. Each element is summed over k in ascending order in blocks of a fixed size,
/// with fused multiply-add where the machine has it, whatever the number of threads. Cost: 2 b m n k
/// operations; panels of both sides are packed once per block. Fails only for lack of memory.
Result<void> addProduct(const ProductLayout &layout, const float *lhs, const float *rhs, float *result,
                        const ProductContext &context);
Result<void> addProduct(const ProductLayout &layout, const double *lhs, const double *rhs, double *result,
                        const ProductContext &context);

} // namespace tl::runtime
