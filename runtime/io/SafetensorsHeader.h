// The header of a `.safetensors` file.
#pragma once

#include "runtime/io/StoredElements.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tl::runtime {

inline constexpr std::uint64_t kSafetensorsHeaderCapBytes = 100'000'000;
inline constexpr std::size_t kMaxSafetensors = 100'000;

/// The name in the format, if it has the type.
std::string_view safetensorsName(StoredType type);

/// One array of a file and where its elements lie.
struct SafetensorsEntry {
  std::string name;
  StoredType type = StoredType::F32;
  Shape shape;
  std::uint64_t offset = 0; ///< from the start of the file
  std::uint64_t bytes = 0;
};

/// Parses and checks the header of a whole file: known types, sizes that follow from the shapes, no name
/// twice, and elements that fill the rest of the file without overlap or hole. Sorted by name.
Result<std::vector<SafetensorsEntry>> parseSafetensorsHeader(std::string_view path,
                                                             std::span<const std::byte> file);

} // namespace tl::runtime
