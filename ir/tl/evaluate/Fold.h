// Combining numbers one after another.
#pragma once

#include "ir/tl/evaluate/Numbers.h"

#include "ir/tl/TlDialect.h"

namespace tl::ir {

/// `lhs` and `rhs` under `monoid`, both of `type`. For avg the sum: who combines counts and divides.
Number combine(Monoid monoid, Number lhs, Number rhs, runtime::ElementType type);

/// An explicit projection being computed; one `add` per assignment.
class Fold {
public:
  Fold(Projection kind, runtime::ElementType yielded) : kind(kind), yielded(yielded) {}

  /// `index` is the position that argmax and argmin may give.
  void add(Number value, std::int64_t index);
  /// The value as `type`; none when it is over nothing and the projection has no value then.
  std::optional<Number> result(runtime::ElementType type) const;

private:
  bool isBetter(Number value, std::int64_t index) const;

  Projection kind;
  runtime::ElementType yielded;
  std::int64_t count = 0; ///< of assignments; of non-zero ones for `count`
  Number total{.integer = 0};
  std::int64_t best = 0;
};

} // namespace tl::ir
