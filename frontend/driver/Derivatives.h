// Queries for derivatives: the step between a program's module and the backend that runs it.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "frontend/source/Diagnostic.h"
#include "runtime/core/Result.h"

#include <string>

namespace mlir {
class ModuleOp;
}

namespace tl::driver {

/// Replaces the derivatives that queries ask for by the equations that compute them. Warns of a tensor that
/// does not influence the scalar; false when a derivative is not supported yet, which is reported at its
/// query. `memory`: see `deriveGradients`.
bool deriveQueries(mlir::ModuleOp module, const sema::TypedProgram &program,
                   source::DiagnosticEngine &diagnostics, std::size_t memory);

/// The program with the equations of its derivatives in place of its queries for them, and queries for the
/// tensors that hold them: it gives the same numbers. After `deriveQueries`. An error when there are none, or
/// when some equation has no text in the language.
runtime::Result<std::string> gradientProgram(mlir::ModuleOp module, const ast::Program &ast,
                                             const sema::TypedProgram &program);

} // namespace tl::driver
