// Chains of ops that each compute a row of their result from the same row of what the op before gives.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <vector>

namespace tl::passes {

/// How large the blocks of a chain are.
struct RowBlocks {
  std::int64_t bytes = std::int64_t{1}
                       << 21;  ///< of the results in one block: they stay in the nearest caches
  std::int64_t leastRows = 16; ///< from which a product of a block runs at speed
};

/// An axis that goes through a whole chain: position x of it in every result depends on position x of it in
/// the result before and on no other.
struct RowAxis {
  std::int64_t extent = 0;
  llvm::SmallVector<unsigned> axes;         ///< of the result of each op
  llvm::SmallVector<mlir::Value> variables; ///< of each op; none for a normalisation
};

/// Ops of one block, each the only reader of the result before. All but the last fill new tensors, whose only
/// use is in the chain; all may be done where the last one stands.
struct RowChain {
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::SmallVector<RowAxis> rows; ///< in the order of the axes of the first result; not empty
  std::int64_t bytes = 0;          ///< of the results but the last
};

/// The longest chains of a block that do not overlap, in its order. Cost: linear in the uses of the block's
/// values.
std::vector<RowChain> rowChainsOf(mlir::Block &block, const RowBlocks &blocks);

/// The result that an op of a chain gives to the next.
mlir::Value resultOf(mlir::Operation *op);

} // namespace tl::passes
