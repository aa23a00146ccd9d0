// Parameters and symbols as places of draws.
#include "frontend/driver/LoadDrawn.h"

#include "frontend/sema/Draws.h"
#include "runtime/Random.h"

#include <algorithm>
#include <numeric>

namespace tl::driver {
namespace {

std::vector<std::int64_t> symbolKeys(const runtime::Domain &domain) {
  std::vector<std::int64_t> keys;
  for (runtime::Cell id = 0; id < domain.size(); ++id)
    keys.push_back(runtime::symbolKey(domain.text(id)));
  return keys;
}

runtime::Result<void> bindKeys(sema::ClassId axisClass, const std::vector<std::int64_t> &keys,
                               LoadedData &data, runtime::MemoryBudget &budget) {
  runtime::Result<runtime::Tensor> tensor =
      runtime::Tensor::create(budget, runtime::ElementType::I64, {static_cast<std::int64_t>(keys.size())},
                              "symbols as places of draws");
  if (!tensor)
    return tensor.error();
  std::copy(keys.begin(), keys.end(), tensor->mutableAs<std::int64_t>());
  data.bindings[sema::symbolKeysName(axisClass)] = *std::move(tensor);
  return {};
}

} // namespace

runtime::Result<runtime::Tensor> drawParameter(const sema::TypedProgram &program,
                                               const sema::TensorSymbol &tensor,
                                               const std::vector<std::shared_ptr<runtime::Domain>> &domains,
                                               const LoadOptions &options) {
  runtime::Shape shape;
  std::vector<std::vector<std::int64_t>> coordinates;
  for (sema::ClassId axisClass : tensor.axes) {
    shape.push_back(std::max<std::int64_t>(0, program.classes[axisClass].extent));
    coordinates.emplace_back();
    if (domains[axisClass])
      coordinates.back() = symbolKeys(*domains[axisClass]);
  }
  return runtime::initialTensor(*tensor.initializer, tensor.elementType, shape,
                                runtime::drawKey(options.seed, tensor.name, 0), coordinates, *options.budget);
}

runtime::Result<void> bindSymbolKeys(const sema::TypedProgram &program, LoadedData &data,
                                     const LoadOptions &options) {
  for (sema::ClassId axisClass : sema::drawnSymbols(program))
    TL_TRY(bindKeys(axisClass, symbolKeys(*data.domains[axisClass]), data, *options.budget));
  return {};
}

runtime::Result<void> bindPlaces(const sema::TypedProgram &program, sema::ClassId axisClass, LoadedData &data,
                                 runtime::MemoryBudget &budget) {
  if (data.domains[axisClass] || !sema::drawnSymbols(program, axisClass).count(axisClass))
    return {};
  std::vector<std::int64_t> places(
      static_cast<std::size_t>(std::max<std::int64_t>(0, program.classes[axisClass].extent)));
  std::iota(places.begin(), places.end(), 0);
  return bindKeys(axisClass, places, data, budget);
}

} // namespace tl::driver
