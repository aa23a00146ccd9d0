// Whether this processor is the one that kernels were compiled for.
#pragma once

#include "runtime/package/Package.h"

namespace tl::runtime {

/// A Data error names the first extension of `features` that this processor lacks.
Result<void> checkProcessor(const ProcessorFeatures &features);

} // namespace tl::runtime
