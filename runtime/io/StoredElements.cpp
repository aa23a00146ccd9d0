// Widening, byte swapping and transposition of array elements.
#include "runtime/io/StoredElements.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace tl::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "the memory image is the file image");

struct Row {
  ElementType type;
  std::size_t bytes;
};

// In the order of the enumeration.
constexpr std::array<Row, 13> kRows{{{ElementType::Bool, 1},
                                     {ElementType::I8, 1},
                                     {ElementType::I32, 1},
                                     {ElementType::I32, 2},
                                     {ElementType::I32, 2},
                                     {ElementType::I32, 4},
                                     {ElementType::I64, 4},
                                     {ElementType::I64, 8},
                                     {ElementType::I64, 8},
                                     {ElementType::F16, 2},
                                     {ElementType::BF16, 2},
                                     {ElementType::F32, 4},
                                     {ElementType::F64, 8}}};

const Row &row(StoredType type) {
  return kRows[static_cast<std::size_t>(type)];
}

/// A block of both arrays fits the first-level cache.
constexpr std::int64_t kTile = 32;

/// Calls `copy(source position, target position)` for a column-major matrix of `rows` x `columns` whose
/// columns are `sourceStride` apart, and whose rows are `targetStride` apart in the target.
template <typename Copy>
void transpose(std::int64_t rows, std::int64_t columns, std::int64_t sourceStride, std::int64_t targetStride,
               Copy copy) {
  for (std::int64_t rowTile = 0; rowTile < rows; rowTile += kTile)
    for (std::int64_t columnTile = 0; columnTile < columns; columnTile += kTile)
      for (std::int64_t r = rowTile; r < std::min(rows, rowTile + kTile); ++r)
        for (std::int64_t c = columnTile; c < std::min(columns, columnTile + kTile); ++c)
          copy(r + c * sourceStride, r * targetStride + c);
}

/// Every element of an array whose first axis varies fastest. The first and the last axis make matrices, one
/// for each assignment of the axes between them.
template <typename Copy> void forEachFortranElement(const Shape &shape, Copy copy) {
  std::size_t rank = shape.size();
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    count *= extent;
  std::int64_t rows = shape.front(), columns = shape.back();
  std::int64_t matrices = count / (rows * columns);
  for (std::int64_t matrix = 0; matrix < matrices; ++matrix) {
    std::int64_t targetOffset = 0, targetStride = columns, remaining = matrix;
    for (std::size_t axis = rank - 2; axis >= 1; --axis)
      targetStride *= shape[axis];
    std::int64_t axisStride = targetStride;
    for (std::size_t axis = 1; axis + 1 < rank; ++axis) {
      axisStride /= shape[axis];
      targetOffset += remaining % shape[axis] * axisStride;
      remaining /= shape[axis];
    }
    transpose(rows, columns, count / columns, targetStride, [&](std::int64_t source, std::int64_t target) {
      copy(matrix * rows + source, targetOffset + target);
    });
  }
}

template <typename T> T swapped(T value) {
  auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
  std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<T>(bytes);
}

template <typename Source, typename Target>
void decodeAs(const StoredElements &stored, const Shape &shape, std::int64_t count, const std::byte *source,
              void *target) {
  Target *elements = static_cast<Target *>(target);
  auto copy = [&](std::int64_t from, std::int64_t to) {
    Source value;
    std::memcpy(&value, source + from * static_cast<std::int64_t>(sizeof value), sizeof value);
    if (stored.isBigEndian)
      value = swapped(value);
    elements[to] = static_cast<Target>(value);
  };
  if (stored.isFortranOrder && shape.size() > 1)
    return forEachFortranElement(shape, copy);
  for (std::int64_t position = 0; position < count; ++position)
    copy(position, position);
}

/// Floats travel as their bits.
void decodeConverting(const StoredElements &stored, const Shape &shape, std::int64_t count,
                      const std::byte *source, void *target) {
  switch (stored.type) {
  case StoredType::Bool:
  case StoredType::I8:
    return decodeAs<std::int8_t, std::int8_t>(stored, shape, count, source, target);
  case StoredType::U8:
    return decodeAs<std::uint8_t, std::int32_t>(stored, shape, count, source, target);
  case StoredType::I16:
    return decodeAs<std::int16_t, std::int32_t>(stored, shape, count, source, target);
  case StoredType::U16:
    return decodeAs<std::uint16_t, std::int32_t>(stored, shape, count, source, target);
  case StoredType::U32:
    return decodeAs<std::uint32_t, std::int64_t>(stored, shape, count, source, target);
  case StoredType::F16:
  case StoredType::BF16:
    return decodeAs<std::uint16_t, std::uint16_t>(stored, shape, count, source, target);
  case StoredType::I32:
  case StoredType::F32:
    return decodeAs<std::uint32_t, std::uint32_t>(stored, shape, count, source, target);
  case StoredType::I64:
  case StoredType::U64:
  case StoredType::F64:
    return decodeAs<std::uint64_t, std::uint64_t>(stored, shape, count, source, target);
  }
  __builtin_unreachable();
}

std::optional<std::uint64_t> firstAboveI64(bool isBigEndian, std::int64_t count, const std::byte *source) {
  std::size_t highByte = isBigEndian ? 0 : 7;
  for (std::uint64_t offset = 0; offset < static_cast<std::uint64_t>(count) * 8; offset += 8)
    if ((source[offset + highByte] & std::byte{0x80}) != std::byte{0})
      return offset;
  return std::nullopt;
}

} // namespace

ElementType elementType(StoredType type) {
  return row(type).type;
}

std::size_t byteWidth(StoredType type) {
  return row(type).bytes;
}

Result<std::uint64_t> storedBytes(const Shape &shape, StoredType type) {
  // Each extent by itself too: an empty axis makes any product 0, but strides multiply the other extents.
  for (std::int64_t extent : shape)
    if (extent < 0 || extent > kMaxElements)
      return Error{ErrorKind::Data, "the extent " + std::to_string(extent) + " is not between 0 and 2^48"};
  if (shape.size() > kMaxRank)
    return Error{ErrorKind::Data, "the array has " + std::to_string(shape.size()) + " axes, the limit is " +
                                      std::to_string(kMaxRank)};
  std::int64_t nonEmpty = 1;
  for (std::int64_t extent : shape)
    if (extent != 0 && (__builtin_mul_overflow(nonEmpty, extent, &nonEmpty) || nonEmpty > kMaxElements))
      return Error{ErrorKind::Data, "the shape " + toString(shape) + " has more than 2^48 elements"};
  bool isEmpty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  return isEmpty ? 0 : static_cast<std::uint64_t>(nonEmpty) * byteWidth(type);
}

std::optional<std::uint64_t> decodeElements(const StoredElements &stored, const Shape &shape,
                                            const std::byte *source, void *target) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    count *= extent;
  if (count == 0)
    return std::nullopt;
  bool isReordered = stored.isFortranOrder && shape.size() > 1;
  bool isConverted = byteWidth(elementType(stored.type)) != byteWidth(stored.type);
  if (stored.isBigEndian || isReordered || isConverted)
    decodeConverting(stored, shape, count, source, target);
  else
    std::memcpy(target, source, static_cast<std::size_t>(count) * byteWidth(stored.type));
  if (stored.type == StoredType::Bool) {
    // Files may say true with any byte, kernels rely on 1.
    std::uint8_t *elements = static_cast<std::uint8_t *>(target);
    for (std::int64_t position = 0; position < count; ++position)
      elements[position] = elements[position] != 0;
  }
  if (stored.type == StoredType::U64)
    return firstAboveI64(stored.isBigEndian, count, source);
  return std::nullopt;
}

} // namespace tl::runtime
