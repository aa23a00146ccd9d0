// Reading and writing tensors by the extension of their file.
#pragma once

#include "runtime/core/Tensor.h"

#include <span>
#include <string>
#include <string_view>

namespace tl::runtime {

/// A file, or a member of a file that holds several arrays (`model.safetensors:encoder.weight`).
struct FileReference {
  std::string path;
  std::string member; ///< empty when none is named
};

/// Splits at the first ':' after a known extension; without one the whole text is the path.
FileReference parseFileReference(std::string_view text);

/// The text that `parseFileReference` would read back.
std::string toString(const FileReference &reference);

/// What a file holds.
enum class FileKind {
  Tensor, ///< one dense array, or several with names
  Table,  ///< rows of cells, see `readTable`
  Text,   ///< words or lines, see `readWords` and `readLines`
  Unknown
};

/// Decided by the extension; the file need not exist.
FileKind fileKind(const FileReference &reference);

/// What is known of an array without reading its elements.
struct TensorHeader {
  ElementType type = ElementType::F32;
  Shape shape;
};

/// An array to be written, and its name where the format has names.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// Checks and reads the header alone, in time independent of the elements.
Result<TensorHeader> readTensorHeader(const FileReference &reference);

/// Reads one array. Types that the language lacks are widened, see `StoredType`. To read many members of one
/// `.safetensors` file, open it once as a `SafetensorsFile`.
Result<Tensor> readTensor(const FileReference &reference, MemoryBudget &budget);

/// Writes the file anew with this one array. Fails when an element is absent, as no array format can say
/// that.
Result<void> writeTensor(const FileReference &reference, const Tensor &tensor);

/// Writes the file anew with these arrays, in one atomic step. Only `.npz` and `.safetensors` take more than
/// one.
Result<void> writeTensors(const std::string &path, std::span<const NamedTensor> tensors);

} // namespace tl::runtime
