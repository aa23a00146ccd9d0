// The types an element of a tensor can have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tl::runtime {

enum class ElementType : std::uint8_t { Bool, I8, I32, I64, F16, BF16, F32, F64 };

/// Bytes of one stored element; Bool takes one.
std::size_t byteWidth(ElementType type);

/// The name in the language: `bool i8 i32 i64 f16 bf16 f32 f64`.
std::string_view name(ElementType type);

/// The type called `name`, if there is one.
std::optional<ElementType> elementTypeNamed(std::string_view name);

/// Whether elements are real numbers.
bool isFloat(ElementType type);

} // namespace tl::runtime
