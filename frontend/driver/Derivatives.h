// Queries for derivatives: the step between a program's module and the backend that runs it.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "frontend/source/Diagnostic.h"

namespace mlir {
class ModuleOp;
}

namespace tl::driver {

/// Replaces the derivatives that queries ask for by the equations that compute them. Warns of a tensor that
/// does not influence the scalar; false when a derivative is not supported yet, which is reported at its
/// query.
bool deriveQueries(mlir::ModuleOp module, const sema::TypedProgram &program,
                   source::DiagnosticEngine &diagnostics);

} // namespace tl::driver
