// Small questions a checked program answers about itself.
#include "frontend/sema/TypedProgram.h"

namespace tl::sema {

std::optional<VariableId> IndexExpr::plainVariable() const {
  bool isPlain = kind == Kind::Affine && terms.size() == 1 && terms[0].coefficient == 1 && constant == 0 &&
                 divisor == 1 && modulus == 0 && flattened.empty();
  return isPlain ? std::optional(terms[0].variable) : std::nullopt;
}

std::optional<TensorId> TypedProgram::find(std::string_view name) const {
  for (TensorId id = 0; id < tensors.size(); ++id)
    if (tensors[id].name == name)
      return id;
  return std::nullopt;
}

} // namespace tl::sema
