// numpy's `.npz` archives: zip files of `.npy` files.
#pragma once

#include "runtime/io/Formats.h"

namespace tl::runtime {

/// `member` is the array's name, with or without the `.npy` that its entry's name ends in.
Result<TensorHeader> readNpzHeader(const FileReference &reference);
Result<Tensor> readNpz(const FileReference &reference, MemoryBudget &budget);
/// Stores the arrays without compression.
Result<void> writeNpz(const std::string &path, std::span<const NamedTensor> tensors);

} // namespace tl::runtime
