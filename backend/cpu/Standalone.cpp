// Code that runs without the compiler.
#include "backend/cpu/Standalone.h"

#include "backend/cpu/Kernels.h"
#include "backend/cpu/WriteProgram.h"

#include <limits>

namespace tl::backend {

runtime::Result<StandaloneCode> standaloneCode(mlir::ModuleOp planned, const CompileOptions &options,
                                               std::string_view processor) {
  runtime::Result<runtime::Program> program = cpu::writeProgram(planned);
  if (!program)
    return program.error();
  StandaloneCode code{*std::move(program), {}, {}};
  const std::vector<cpu::Tier> tiers =
      cpu::chooseTiers(planned, options, std::numeric_limits<std::int64_t>::max());
  runtime::Result<cpu::ObjectCode> objects = cpu::objectCode(tiers, code.program.kernels, processor);
  if (!objects)
    return objects.error();
  code.objects = std::move(objects->files);
  code.features = std::move(objects->features);
  return code;
}

} // namespace tl::backend
