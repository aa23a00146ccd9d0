// Scalars during evaluation: reals as double, everything else as an integer of 64 bits.
#pragma once

#include "runtime/core/ElementType.h"

#include <cstdint>

namespace mlir {
class Type;
}

namespace tl::ir {

/// One scalar; which member counts follows from its type.
union Number {
  double real;
  std::int64_t integer;
};

/// The element type that a scalar type is stored as; index counts as i64.
runtime::ElementType scalarType(mlir::Type type);

/// `value` as type `to` sees it: reals rounded, integers wrapped; see tl.cast for changes between them.
Number convert(Number value, runtime::ElementType from, runtime::ElementType to);

/// An integer result of arithmetic in `type`: high bits are dropped.
std::int64_t wrapped(std::int64_t value, runtime::ElementType type);

} // namespace tl::ir
