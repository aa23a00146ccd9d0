// Linear algebra on the last two axes of a tensor.
#pragma once

#include "runtime/core/Tensor.h"

#include <span>
#include <string_view>
#include <vector>

namespace tl::runtime {

class ThreadPool;

enum class MatrixFunction { Solve, Inverse, Cholesky, Eigh, Svd };

/// One function of many matrices.
struct MatrixCall {
  MatrixFunction function;
  std::string_view name;    ///< of the function, for errors
  std::string_view subject; ///< what the program calls the matrices, for errors
  const Tensor &matrices;   ///< batch..., rows, columns; f32 or f64
  const Tensor *right;      ///< Solve: batch..., rows, and any axes more; else null
};

/// The results of `call`, those that are not `wanted` as scalars of no meaning: X of A X = B, the inverse,
/// the lower triangle L with A = L L^T; eigenvalues (ascending) and eigenvectors (columns); U, S (descending)
/// and V^T. `Eigh` and `Cholesky` read the lower triangle. Computed in f64 and rounded once, the same bits
/// for every number of threads. The largest entry of each eigenvector and each column of U is positive. A
/// matrix with an absent element gives 0, one with an infinity or a NaN gives NaN. A Check error names a
/// matrix that has no answer.
Result<std::vector<Tensor>> applyMatrixFunction(const MatrixCall &call, std::span<const bool> wanted,
                                                MemoryBudget &budget, ThreadPool *pool);

} // namespace tl::runtime
