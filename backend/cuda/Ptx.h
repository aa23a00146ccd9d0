// PTX of kernels, made in this process by LLVM; no CUDA is installed or asked for.
#pragma once

#include "backend/cuda/Capabilities.h"
#include "ir/tile/TileOps.h"
#include "runtime/core/Result.h"

#include <string>
#include <vector>

namespace tl::backend::cuda {

/// One PTX module with an entry for each kernel, named like it.
runtime::Result<std::string> ptxOf(const std::vector<tile::KernelOp> &kernels, const Capability &capability);

} // namespace tl::backend::cuda
