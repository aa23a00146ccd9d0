// How the indices of a product lie in memory.
#pragma once

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/TypeRange.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <array>
#include <cstdint>

namespace tl::backend::cuda {

/// What an index of a product is in: `Batch` all three tensors, the others two of them.
enum Kind : unsigned { Batch, Row, Column, Depth, kKinds };

/// Some indices of a product that are numbered together, and their steps in the memory of each tensor.
struct ContractedIndex {
  std::int64_t extent = 1;
  std::array<std::int64_t, 3> steps{}; ///< left, right, result
};

/// The indices of each kind, outermost first; neighbours that make one run through memory are one.
struct ContractionLayout {
  std::array<llvm::SmallVector<ContractedIndex>, kKinds> indices;
  std::array<std::int64_t, kKinds> counts{1, 1, 1, 1};
  std::array<std::int64_t, 3> base{};                         ///< of each tensor, in elements
  std::array<llvm::SmallVector<std::int64_t>, 3> perPosition; ///< steps of each tensor per scan position
};

/// Of a product over `extents` whose tensors, of these types, have these linear maps.
ContractionLayout contractionLayout(llvm::ArrayRef<std::int64_t> extents, mlir::ArrayAttr maps,
                                    mlir::TypeRange tensors);

} // namespace tl::backend::cuda
