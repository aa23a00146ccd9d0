// The passes, as objects.
#pragma once

#include "mlir/Pass/Pass.h"

#include <memory>

namespace tl::passes {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

} // namespace tl::passes
