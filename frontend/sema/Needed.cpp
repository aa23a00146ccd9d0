// What the answers of a program depend on.
#include "frontend/sema/Needed.h"

#include <algorithm>

namespace tl::sema {

std::set<TensorId> readFrom(const TypedProgram &program, std::vector<TensorId> roots,
                            const std::set<TensorId> &given) {
  std::set<TensorId> result;
  while (!roots.empty()) {
    TensorId id = roots.back();
    roots.pop_back();
    if (!result.insert(id).second || given.count(id))
      continue;
    for (EquationId equation : program.tensors[id].equations)
      for (TensorId read : program.equations[equation].reads)
        roots.push_back(read);
  }
  return result;
}

std::set<TensorId> neededTensors(const TypedProgram &program, const std::set<TensorId> &given) {
  std::vector<TensorId> roots;
  for (const Query &query : program.queries) {
    roots.push_back(query.tensor);
    if (query.derived)
      roots.push_back(*query.derived);
  }
  for (const FileWrite &write : program.writes)
    roots.push_back(write.tensor);
  return readFrom(program, std::move(roots), given);
}

bool hasDerivatives(const TypedProgram &program) {
  return std::ranges::any_of(program.queries, [](const Query &query) { return query.derived.has_value(); }) ||
         std::ranges::any_of(program.tensors,
                             [](const TensorSymbol &tensor) { return tensor.derivative.has_value(); });
}

} // namespace tl::sema
