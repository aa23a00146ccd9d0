// Tensors of few values over large domains.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace mlir {
class ModuleOp;
}

namespace tl::passes {

/// The name under which the values of the sparse tensor `name` are read.
std::string sparseValuesName(llvm::StringRef name);

/// Replaces the tensor that is read as `name` by the rows of its values and the values: the relation
/// `name`(i, j, ..., r), where r numbers the rows, and a vector. Law, with V the values:
///   T[i, j]  ==  sum[r] V[r] T(i, j, r),
/// and where T[i, j] is a factor of what is summed, or a condition asks for T[i, j] > 0, the assignments
/// without a row contribute nothing, so the row generates i and j. False, and nothing changed, when the
/// tensor is asked for as a whole or can be read outside its extents.
bool readSparsely(mlir::ModuleOp module, llvm::StringRef name, std::int64_t rows);

} // namespace tl::passes
