// Small questions a checked program answers about itself.
#include "frontend/sema/TypedProgram.h"

#include <algorithm>
#include <cassert>

namespace tl::sema {

std::pair<std::int64_t, std::int64_t> Slice::on(std::int64_t extent) const {
  const bool ascends = step > 0;
  // Bounds are cut off at the ends; going down, the end is one before the first element.
  auto place = [&](std::optional<std::int64_t> bound, std::int64_t missing) {
    if (!bound)
      return missing;
    const std::int64_t position = *bound < 0 ? *bound + extent : *bound;
    return std::clamp<std::int64_t>(position, ascends ? 0 : -1, ascends ? extent : extent - 1);
  };
  const std::int64_t first = place(begin, ascends ? 0 : extent - 1),
                     beyond = place(end, ascends ? extent : -1);
  const std::int64_t distance = ascends ? beyond - first : first - beyond;
  const std::int64_t stride = ascends ? step : -step;
  return {first, distance <= 0 ? 0 : 1 + (distance - 1) / stride};
}

std::optional<VariableId> IndexExpr::plainVariable() const {
  bool isPlain = kind == Kind::Affine && terms.size() == 1 && terms[0].coefficient == 1 && constant == 0 &&
                 divisor == 1 && modulus == 0 && flattened.empty() && !slice;
  return isPlain ? std::optional(terms[0].variable) : std::nullopt;
}

IndexExpr IndexExpr::copy() const {
  assert(!value && "values are not copied");
  IndexExpr other;
  other.kind = kind;
  other.range = range;
  other.terms = terms;
  other.constant = constant;
  other.divisor = divisor;
  other.modulus = modulus;
  return other;
}

bool TensorSymbol::hasRealLiteral() const {
  return std::any_of(literals.begin(), literals.end(),
                     [](const ast::Literal *literal) { return !literal->allIntegers; });
}

const ExternalFunction *TypedProgram::findExternal(std::string_view name) const {
  for (const ExternalFunction &function : externals)
    if (function.name == name)
      return &function;
  return nullptr;
}

std::optional<TensorId> TypedProgram::find(std::string_view name) const {
  for (TensorId id = 0; id < tensors.size(); ++id)
    if (tensors[id].name == name)
      return id;
  return std::nullopt;
}

} // namespace tl::sema
