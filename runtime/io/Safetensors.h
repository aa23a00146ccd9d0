// `.safetensors` files: named arrays behind a JSON header.
#pragma once

#include "runtime/io/Files.h"
#include "runtime/io/Formats.h"
#include "runtime/io/SafetensorsHeader.h"

#include <vector>

namespace tl::runtime {

/// An open file whose header is checked once, for reading many arrays. May be read from several threads.
class SafetensorsFile {
public:
  static Result<SafetensorsFile> open(const std::string &path);

  /// Sorted by name.
  std::span<const SafetensorsEntry> entries() const { return entries_; }
  /// Null when there is none; O(log n).
  const SafetensorsEntry *find(std::string_view name) const;
  /// The type and shape that `read` would give.
  Result<TensorHeader> header(std::string_view name) const;
  Result<Tensor> read(std::string_view name, MemoryBudget &budget) const;
  /// Fills room for the elements in row-major order, as the entry's `elementType`: a slice of a larger
  /// tensor.
  void copyElements(const SafetensorsEntry &entry, void *target) const;

private:
  Error unknown(std::string_view name) const;

  std::string path;
  MappedFile file;
  std::vector<SafetensorsEntry> entries_;
};

/// Type and shape of one member, without reading elements.
Result<TensorHeader> readSafetensorsHeader(const FileReference &reference);
Result<Tensor> readSafetensors(const FileReference &reference, MemoryBudget &budget);
/// Wide elements first, so that each array is aligned to its elements; within a width by name.
Result<void> writeSafetensors(const std::string &path, std::span<const NamedTensor> tensors);

} // namespace tl::runtime
