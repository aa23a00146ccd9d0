// Element types of tensors and value types of expressions.
#pragma once

#include "frontend/sema/Names.h"

namespace tl::sema {

/// Sets `TensorSymbol::elementType` and `Expr::type` everywhere. Computed tensors start as integers and
/// become real when one of their equations is; a declared type wins. Reports a real number where an index is
/// needed.
void assignTypes(TypedProgram &program, const Names &names, const CheckOptions &options,
                 source::DiagnosticEngine &diagnostics);

} // namespace tl::sema
