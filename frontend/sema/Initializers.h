// `param W[i: 784, j: 256] ~ normal(0, 0.02)`: how a parameter begins.
#pragma once

#include "frontend/sema/Names.h"

namespace tl::sema {

/// What the call after `~` means, its arguments being numbers and constants. Reports and returns nothing when
/// it is no initialiser.
std::optional<runtime::Initializer>
initializerOf(const ast::Call &call, SourceRange range,
              const std::map<std::string, Constant, std::less<>> &constants,
              source::DiagnosticEngine &diagnostics);

/// How a parameter of this rank begins that does not say how: matrices as xavier, others at 0.
runtime::Initializer defaultInitializer(std::size_t rank);

} // namespace tl::sema
