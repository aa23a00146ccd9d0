// Elements of one type as elements of another.
#include "runtime/core/ConvertElements.h"

#include "runtime/core/HalfFloat.h"

#include <cmath>
#include <limits>

namespace tl::runtime {
namespace {

/// Calls `use` with a function from a position to the element there, as int64 or double.
template <typename Use> void withLoad(const Tensor &tensor, const Use &use) {
  auto plain = [&]<typename T, typename As>(T, As) {
    use([data = tensor.as<T>()](std::int64_t position) { return static_cast<As>(data[position]); });
  };
  switch (tensor.type()) {
  case ElementType::Bool:
    return use([data = tensor.as<std::uint8_t>()](std::int64_t position) {
      return std::int64_t{data[position] != 0};
    });
  case ElementType::I8:
    return plain(std::int8_t{}, std::int64_t{});
  case ElementType::I32:
    return plain(std::int32_t{}, std::int64_t{});
  case ElementType::I64:
    return plain(std::int64_t{}, std::int64_t{});
  case ElementType::F16:
    return use([data = tensor.as<std::uint16_t>()](std::int64_t position) {
      return static_cast<double>(floatOfHalf(data[position]));
    });
  case ElementType::BF16:
    return use([data = tensor.as<std::uint16_t>()](std::int64_t position) {
      return static_cast<double>(floatOfBfloat(data[position]));
    });
  case ElementType::F32:
    return plain(float{}, double{});
  case ElementType::F64:
    return plain(double{}, double{});
  }
}

template <typename T, typename Load, typename Convert>
void storeAll(Tensor &target, std::int64_t to, std::int64_t count, const Load &load, const Convert &convert) {
  T *data = target.mutableAs<T>() + to;
  for (std::int64_t k = 0; k < count; ++k)
    data[k] = convert(load(k));
}

template <typename Load> void store(Tensor &target, std::int64_t to, std::int64_t count, const Load &load) {
  auto as = []<typename T>(T) { return [](auto value) { return static_cast<T>(value); }; };
  switch (target.type()) {
  case ElementType::Bool:
    return storeAll<std::uint8_t>(target, to, count, load,
                                  [](auto value) { return std::uint8_t{value != 0}; });
  case ElementType::I8:
    return storeAll<std::int8_t>(target, to, count, load, as(std::int8_t{}));
  case ElementType::I32:
    return storeAll<std::int32_t>(target, to, count, load, as(std::int32_t{}));
  case ElementType::I64:
    return storeAll<std::int64_t>(target, to, count, load, as(std::int64_t{}));
  case ElementType::F16:
    return storeAll<std::uint16_t>(target, to, count, load,
                                   [](auto value) { return halfOfFloat(static_cast<float>(value)); });
  case ElementType::BF16:
    return storeAll<std::uint16_t>(target, to, count, load,
                                   [](auto value) { return bfloatOfFloat(static_cast<float>(value)); });
  case ElementType::F32:
    return storeAll<float>(target, to, count, load, as(float{}));
  case ElementType::F64:
    return storeAll<double>(target, to, count, load, as(double{}));
  }
}

/// The bounds of an integer type; none for Boolean, which takes 0 and 1, and for reals.
struct IntegerBounds {
  double least, beyond;
};

std::optional<IntegerBounds> boundsOf(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return IntegerBounds{0, 2};
  case ElementType::I8:
    return IntegerBounds{-128, 128};
  case ElementType::I32:
    return IntegerBounds{-2147483648.0, 2147483648.0};
  case ElementType::I64:
    return IntegerBounds{-9223372036854775808.0, 9223372036854775808.0};
  case ElementType::F16:
  case ElementType::BF16:
  case ElementType::F32:
  case ElementType::F64:
    return std::nullopt;
  }
  __builtin_unreachable();
}

} // namespace

bool fits(double value, ElementType type) {
  std::optional<IntegerBounds> bounds = boundsOf(type);
  return !bounds || (value >= bounds->least && value < bounds->beyond && value == std::trunc(value));
}

std::optional<std::int64_t> firstUnfit(const Tensor &tensor, ElementType type) {
  const bool isSafe = tensor.type() == type || isFloat(type) || tensor.type() == ElementType::Bool ||
                      (type == ElementType::I64 && !isFloat(tensor.type()));
  if (isSafe)
    return std::nullopt;
  for (std::int64_t position = 0; position < tensor.elements(); ++position)
    if (!fits(tensor.number(position), type))
      return position;
  return std::nullopt;
}

void convertElements(const Tensor &source, std::int64_t from, Tensor &target, std::int64_t to,
                     std::int64_t count) {
  if (count <= 0)
    return;
  if (source.type() == target.type()) {
    const std::size_t width = byteWidth(source.type());
    std::memcpy(static_cast<std::byte *>(target.mutableData()) + to * static_cast<std::int64_t>(width),
                static_cast<const std::byte *>(source.data()) + from * static_cast<std::int64_t>(width),
                static_cast<std::size_t>(count) * width);
    return;
  }
  withLoad(source, [&](const auto &load) {
    store(target, to, count, [&](std::int64_t position) { return load(from + position); });
  });
}

} // namespace tl::runtime
