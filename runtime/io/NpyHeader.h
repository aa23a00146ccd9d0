// The header of numpy's array format.
#pragma once

#include "runtime/io/StoredElements.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tl::runtime {

/// The largest header text that is accepted.
inline constexpr std::uint64_t kNpyHeaderCapBytes = 64 * 1024;

/// The bytes before the elements are never more than this: magic, version and length, then the text.
inline constexpr std::uint64_t kNpyPrefixCapBytes = 12 + kNpyHeaderCapBytes;

/// A header that agrees with the size of its file.
struct NpyHeader {
  StoredElements elements;
  Shape shape;
  std::uint64_t dataOffset = 0; ///< bytes before the first element
  std::uint64_t dataBytes = 0;
};

/// Parses versions 1.0, 2.0 and 3.0 from the first bytes of an array file, all of them or
/// `kNpyPrefixCapBytes`. `path` names the file in errors; `fileBytes` must be just what the header asks for.
Result<NpyHeader> parseNpyHeader(std::string_view path, std::span<const std::byte> prefix,
                                 std::uint64_t fileBytes);

/// A version 1.0 header for the elements of a tensor in row-major order; bf16, which numpy lacks, is
/// announced as f32.
std::string npyHeaderText(ElementType type, const Shape &shape);

} // namespace tl::runtime
