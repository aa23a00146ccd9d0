// numpy's `.npy` files: one array each.
#pragma once

#include "runtime/io/Formats.h"
#include "runtime/io/NpyHeader.h"

#include <vector>

namespace tl::runtime {

/// Type and shape, without reading elements.
Result<TensorHeader> readNpyHeader(const FileReference &reference);
Result<Tensor> readNpy(const FileReference &reference, MemoryBudget &budget);
/// Takes just one tensor; bf16, which numpy lacks, is written as f32.
Result<void> writeNpy(const std::string &path, std::span<const NamedTensor> tensors);

/// A tensor of the header's type and shape, named `path` in errors; all zeros yet.
Result<Tensor> createFor(const NpyHeader &header, std::string_view path, MemoryBudget &budget);

/// Fills `tensor` from all the bytes of elements in the file named `path`.
Result<void> decodeNpy(std::string_view path, const NpyHeader &header, std::span<const std::byte> stored,
                       Tensor &tensor);

/// The content of an array file, as pieces to write. The tensor must outlive the image.
class NpyImage {
public:
  explicit NpyImage(const Tensor &tensor);

  std::span<const std::byte> header() const;
  std::span<const std::byte> elements() const;

private:
  std::string headerText;
  std::vector<float> widened; // the elements of a bf16 tensor
  std::span<const std::byte> stored;
};

} // namespace tl::runtime
