// Equations that say what each element of a new tensor is.
#pragma once

#include "ir/tl/TlOps.h"

#include <cstdint>

namespace tl::passes {

/// How many elements a comprehension computes, when it fills a new tensor: t[x] = g(x) for every place x,
/// where nothing that g does can drop. Its variables are the coordinates, one each. None otherwise.
std::optional<std::int64_t> elementsOf(ir::ComprehensionOpInterface op);

/// The tensor that an equation only copies, element by element, into a new dense tensor of its type; none
/// when it does anything else.
mlir::Value copiedSource(mlir::Operation *equation);

/// Whether nothing between two ops of one block writes into what `first` reads, so that `first` could as well
/// be done where `second` is.
bool canMoveTo(mlir::Operation *first, mlir::Operation *second);

} // namespace tl::passes
