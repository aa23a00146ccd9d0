// Whether the tensors of a program fit into memory.
#include "frontend/driver/CheckFits.h"

#include <algorithm>

namespace tl::driver {

using runtime::Error;
using runtime::Result;

Result<void> checkFits(const sema::TypedProgram &program, const LoadedData &data,
                       const runtime::MemoryBudget &budget, source::SourceRange &range) {
  for (sema::TensorId id = 0; id < program.tensors.size(); ++id) {
    const sema::TensorSymbol &tensor = program.tensors[id];
    const bool isInMemory = data.bindings.contains(tensor.name);
    if (tensor.kind != sema::TensorKind::Dense || isInMemory || data.sparse.count(id) != 0)
      continue;
    range = tensor.range;
    runtime::Shape shape;
    for (sema::ClassId axisClass : tensor.axes)
      shape.push_back(std::max<std::int64_t>(0, program.classes[axisClass].extent));
    Result<std::int64_t> elements = runtime::elementCount(shape);
    if (!elements)
      return Error{elements.error().kind, "'" + tensor.name + "': " + elements.error().message};
    const std::size_t bytes = static_cast<std::size_t>(*elements) * runtime::byteWidth(tensor.elementType);
    if (bytes > budget.capBytes())
      return runtime::outOfMemory(budget, "'" + tensor.name + "' of shape " + runtime::toString(shape),
                                  bytes);
  }
  return {};
}

} // namespace tl::driver
