// Conversions between scalar types.
#include "ir/tl/evaluate/Numbers.h"

#include "ir/tl/ElementTypes.h"
#include "runtime/core/HalfFloat.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>
#include <limits>

namespace tl::ir {

using runtime::ElementType;

namespace {

double rounded(double value, ElementType type) {
  switch (type) {
  case ElementType::F16:
    return runtime::floatOfHalf(runtime::halfOfFloat(static_cast<float>(value)));
  case ElementType::BF16:
    return runtime::floatOfBfloat(runtime::bfloatOfFloat(static_cast<float>(value)));
  case ElementType::F32:
    return static_cast<float>(value);
  case ElementType::F64:
  case ElementType::Bool:
  case ElementType::I8:
  case ElementType::I32:
  case ElementType::I64:
    return value;
  }
  llvm_unreachable("every element type is handled");
}

template <typename Integer> std::int64_t saturated(double value) {
  constexpr Integer kLeast = std::numeric_limits<Integer>::min(), kMost = std::numeric_limits<Integer>::max();
  if (std::isnan(value))
    return 0;
  if (value <= static_cast<double>(kLeast))
    return kLeast;
  // The largest i64 rounds up as a double, so `>=` it is already outside.
  if (value >= static_cast<double>(kMost))
    return kMost;
  return static_cast<Integer>(value);
}

std::int64_t truncated(double value, ElementType type) {
  if (type == ElementType::I8)
    return saturated<std::int8_t>(value);
  if (type == ElementType::I32)
    return saturated<std::int32_t>(value);
  return saturated<std::int64_t>(value);
}

} // namespace

ElementType scalarType(mlir::Type type) {
  return elementTypeOf(type).value_or(ElementType::I64);
}

std::int64_t wrapped(std::int64_t value, ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return value & 1;
  case ElementType::I8:
    return static_cast<std::int8_t>(value);
  case ElementType::I32:
    return static_cast<std::int32_t>(value);
  case ElementType::I64:
  case ElementType::F16:
  case ElementType::BF16:
  case ElementType::F32:
  case ElementType::F64:
    return value;
  }
  llvm_unreachable("every element type is handled");
}

Number convert(Number value, ElementType from, ElementType to) {
  bool isReal = runtime::isFloat(from);
  if (to == ElementType::Bool)
    return {.integer = isReal ? value.real > 0 : value.integer > 0};
  if (runtime::isFloat(to))
    return {.real = rounded(isReal ? value.real : static_cast<double>(value.integer), to)};
  return {.integer = isReal ? truncated(value.real, to) : wrapped(value.integer, to)};
}

} // namespace tl::ir
