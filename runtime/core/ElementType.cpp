// Names and widths of element types.
#include "runtime/core/ElementType.h"

#include <array>

namespace tl::runtime {
namespace {

struct Row {
  std::string_view name;
  std::size_t bytes;
  bool isFloat;
};

// In the order of the enumeration.
constexpr std::array<Row, 8> kRows{{{"bool", 1, false},
                                    {"i8", 1, false},
                                    {"i32", 4, false},
                                    {"i64", 8, false},
                                    {"f16", 2, true},
                                    {"bf16", 2, true},
                                    {"f32", 4, true},
                                    {"f64", 8, true}}};

const Row &row(ElementType type) {
  return kRows[static_cast<std::size_t>(type)];
}

} // namespace

std::size_t byteWidth(ElementType type) {
  return row(type).bytes;
}

std::string_view name(ElementType type) {
  return row(type).name;
}

bool isFloat(ElementType type) {
  return row(type).isFloat;
}

std::optional<ElementType> elementTypeNamed(std::string_view wanted) {
  for (std::size_t position = 0; position < kRows.size(); ++position)
    if (kRows[position].name == wanted)
      return static_cast<ElementType>(position);
  return std::nullopt;
}

} // namespace tl::runtime
