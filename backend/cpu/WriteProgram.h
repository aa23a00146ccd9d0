// A planned module as plain data for the executor.
#pragma once

#include "runtime/core/Result.h"
#include "runtime/execute/Program.h"

namespace mlir {
class ModuleOp;
}

namespace tl::backend::cpu {

/// The program of `module`, whose kernels are numbered in the order of the module. Everything that depends on
/// the uses of a value is decided here: where it ends, whether it may change in place. Fails on an op that
/// the backend cannot run.
runtime::Result<runtime::Program> writeProgram(mlir::ModuleOp module);

} // namespace tl::backend::cpu
