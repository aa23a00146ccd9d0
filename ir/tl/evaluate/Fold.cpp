// Combining numbers one after another.
#include "ir/tl/evaluate/Fold.h"

#include "runtime/Primitives.h"

namespace tl::ir {

using runtime::ElementType;
using runtime::Primitive;

namespace {

Number applied(Primitive primitive, Number lhs, Number rhs, ElementType type) {
  if (runtime::isFloat(type)) {
    double operands[] = {lhs.real, rhs.real};
    return {.real = runtime::evaluate(primitive, operands)};
  }
  std::int64_t operands[] = {lhs.integer, rhs.integer};
  return {.integer = wrapped(runtime::evaluateInteger(primitive, operands), type)};
}

Monoid monoidOf(Projection kind) {
  switch (kind) {
  case Projection::Sum:
  case Projection::Mean:
  case Projection::Count:
    return Monoid::Add;
  case Projection::Prod:
    return Monoid::Multiply;
  case Projection::Max:
  case Projection::ArgMax:
    return Monoid::Max;
  case Projection::Min:
  case Projection::ArgMin:
  case Projection::All:
    return Monoid::Min;
  case Projection::Any:
    return Monoid::Or;
  }
  llvm_unreachable("every projection is handled");
}

Number one(ElementType type) {
  return runtime::isFloat(type) ? Number{.real = 1} : Number{.integer = 1};
}

Number zero(ElementType type) {
  return runtime::isFloat(type) ? Number{.real = 0} : Number{.integer = 0};
}

bool isZero(Number value, ElementType type) {
  return runtime::isFloat(type) ? value.real == 0 : value.integer == 0;
}

} // namespace

Number combine(Monoid monoid, Number lhs, Number rhs, ElementType type) {
  switch (monoid) {
  case Monoid::Add:
  case Monoid::Average:
    return applied(Primitive::k_add, lhs, rhs, type);
  case Monoid::Multiply:
    return applied(Primitive::k_mul, lhs, rhs, type);
  case Monoid::Or:
  case Monoid::Max:
    return applied(Primitive::k_max, lhs, rhs, type);
  case Monoid::Min:
    return applied(Primitive::k_min, lhs, rhs, type);
  }
  llvm_unreachable("every monoid is handled");
}

/// Ties go to the smallest index, in whatever order assignments come.
bool Fold::isBetter(Number value, std::int64_t index) const {
  if (count == 0)
    return true;
  Number winner = combine(monoidOf(kind), total, value, yielded);
  bool isTie = runtime::isFloat(yielded) ? value.real == total.real : value.integer == total.integer;
  if (isTie)
    return index < best;
  return runtime::isFloat(yielded) ? winner.real == value.real : winner.integer == value.integer;
}

void Fold::add(Number value, std::int64_t index) {
  if (kind == Projection::Count) {
    count += !isZero(value, yielded);
    return;
  }
  if ((kind == Projection::ArgMax || kind == Projection::ArgMin) && isBetter(value, index))
    best = index;
  total = count == 0 ? value : combine(monoidOf(kind), total, value, yielded);
  ++count;
}

std::optional<Number> Fold::result(ElementType type) const {
  switch (kind) {
  case Projection::Count:
    return Number{.integer = count};
  case Projection::Sum:
  case Projection::Any:
    return count ? total : zero(type);
  case Projection::Prod:
  case Projection::All:
    return count ? total : one(type);
  case Projection::Max:
  case Projection::Min:
    return count ? std::optional(total) : std::nullopt;
  case Projection::Mean:
    return count ? std::optional(Number{.real = total.real / static_cast<double>(count)}) : std::nullopt;
  case Projection::ArgMax:
  case Projection::ArgMin:
    return count ? std::optional(Number{.integer = best}) : std::nullopt;
  }
  llvm_unreachable("every projection is handled");
}

} // namespace tl::ir
