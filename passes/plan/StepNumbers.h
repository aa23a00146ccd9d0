// The steps of a planned program, for those who speak of them: profiles and plans for people.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseMap.h"

#include <cstdint>

namespace tl::passes {

/// The ops of a planned program that compute something themselves, numbered from 1 in the order of the text.
llvm::DenseMap<mlir::Operation *, std::uint32_t> numberSteps(ir::ProgramOp program);

} // namespace tl::passes
