// Every backend of this build.
#include "backend/Executable.h"

#include "backend/cpu/Cpu.h"
#include "backend/cuda/Cuda.h"
#include "backend/reference/Reference.h"

#include <array>

namespace tl::backend {
namespace {

constexpr std::array<Backend, 3> kBackends{
    {{"cpu", compileCpu}, {"cuda", compileCuda}, {"reference", compileReference}}};

} // namespace

const Backend *find(std::string_view name) {
  for (const Backend &backend : kBackends)
    if (backend.name == name)
      return &backend;
  return nullptr;
}

} // namespace tl::backend
