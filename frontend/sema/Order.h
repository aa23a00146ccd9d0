// The order in which the equations of a program are evaluated.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "frontend/source/Diagnostic.h"

namespace tl::sema {

/// Cuts the dependency graph into components and fills `components`, in an order in which every read is
/// already computed; every tensor is in exactly one of them. Marks reads of an equation's own component
/// (`IndexExpr::isSelfRead`). False when something was reported: recursion through `not` or `avg=`, or
/// recursion that no order of positions serves.
bool order(TypedProgram &program, source::DiagnosticEngine &diagnostics);

} // namespace tl::sema
