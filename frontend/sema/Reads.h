// Which tensors an equation reads, and which of them so that more of them may give less of it.
#pragma once

#include "frontend/sema/TypedProgram.h"

namespace tl::sema {

/// Fills `reads` and `negatedReads`.
void collectReads(Equation &equation);

/// Strongly connected components of the reads: a number per tensor, equal for tensors that depend on each
/// other.
std::vector<std::uint32_t> ownComponents(const TypedProgram &program);

} // namespace tl::sema
