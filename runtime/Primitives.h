// The scalar primitives, by name, and what they compute.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tl::runtime {

/// A row of Primitives.def. The language's `and`, `or` and `not` are C++ operators, hence the prefix.
enum class Primitive : std::uint8_t {
#define TL_PRIMITIVE(name, operands, rule) k_##name,
#include "runtime/Primitives.def"
#undef TL_PRIMITIVE
};

/// How operands type the result; see Primitives.def.
enum class PrimitiveRule : std::uint8_t { Same, Real, Compare, Logic, Select, Key, Draw };

/// The primitive called `name`, if there is one.
std::optional<Primitive> findPrimitive(std::string_view name);

/// What the row of Primitives.def says.
std::string_view name(Primitive primitive);
std::size_t operandCount(Primitive primitive);
PrimitiveRule rule(Primitive primitive);

/// The value on reals; Booleans are 0 and 1, as operands and as result. Takes `operandCount` operands. Of a
/// primitive that is not of integers alone.
double evaluate(Primitive primitive, std::span<const double> operands);

/// The value on integers, of a primitive whose rule is not Real. Overflow wraps around; a division or
/// remainder by 0 is 0, so that no program can stop the machine.
std::int64_t evaluateInteger(Primitive primitive, std::span<const std::int64_t> operands);

/// The value of a primitive whose rule is Draw, exact in f32 when `isSingle`.
double evaluateDraw(Primitive primitive, std::span<const std::int64_t> operands, bool isSingle);

} // namespace tl::runtime
