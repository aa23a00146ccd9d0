// In which order the factors of a product are multiplied.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace tl::passes {

/// One multiplication: two earlier tensors, by number. Factors count from 0, results of steps go on counting.
struct PathStep {
  unsigned lhs;
  unsigned rhs;
};

/// An order and what it costs, in multiplications.
struct ContractionPath {
  llvm::SmallVector<PathStep> steps;
  double cost = 0;
};

/// The cheapest order of pairwise multiplications of `factors`, each a set of variables; a variable is summed
/// as soon as neither `kept` nor a later factor has it. Exact up to 10 factors, beyond that the pair with the
/// smallest result first. Two orders of one cost: the one found first, so that plans repeat. Cost: 3^n sets
/// up to 10, n^4 beyond.
ContractionPath contractionPath(llvm::ArrayRef<llvm::SmallBitVector> factors,
                                const llvm::SmallBitVector &kept, llvm::ArrayRef<std::int64_t> extents);

} // namespace tl::passes
