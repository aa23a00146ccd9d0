// How the elements of an array lie in a file, and their conversion to a tensor's elements.
#pragma once

#include "runtime/core/ElementType.h"
#include "runtime/core/Shape.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tl::runtime {

/// Element types of files. The ones the language lacks are widened: u8, i16 and u16 to i32, u32 and u64 to
/// i64.
enum class StoredType : std::uint8_t { Bool, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 };

/// The order of the elements of an array and of the bytes of an element.
struct StoredElements {
  StoredType type = StoredType::F32;
  bool isBigEndian = false;
  bool isFortranOrder = false; ///< the first axis varies fastest
};

/// The type of a tensor that holds elements stored as `type`.
ElementType elementType(StoredType type);

/// Bytes of one element in the file.
std::size_t byteWidth(StoredType type);

/// The bytes that an array takes in its file. Fails with a Data error that names no file when an extent is
/// negative or a limit of shapes is passed.
Result<std::uint64_t> storedBytes(const Shape &shape, StoredType type);

/// Fills `target`, which has room for the elements as `elementType` in row-major order, from the stored
/// bytes. Returns the byte offset in `source` of the first number too large for i64, if there is one.
std::optional<std::uint64_t> decodeElements(const StoredElements &stored, const Shape &shape,
                                            const std::byte *source, void *target);

} // namespace tl::runtime
