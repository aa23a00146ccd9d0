// Queries and files written.
#pragma once

#include "frontend/sema/Names.h"

namespace tl::sema {

/// Adds a query to the program; what cannot be asked is reported.
void addQuery(const ast::Query &query, SourceRange range, TypedProgram &program, Names &names,
              source::DiagnosticEngine &diagnostics);
/// Finds the tensors that are derivatives. After all names are known.
void markDerivatives(TypedProgram &program);
/// Reports derivatives that do not exist: of what is no real scalar, by what is not real. After types are
/// known.
void checkDerivatives(const TypedProgram &program, source::DiagnosticEngine &diagnostics);
/// Reports derivatives of what is computed from them. After the order of evaluation is known.
void checkDerivativeOrder(const TypedProgram &program, source::DiagnosticEngine &diagnostics);
/// The same for a file to be written.
void addWrite(const ast::Write &write, SourceRange range, TypedProgram &program, Names &names,
              source::DiagnosticEngine &diagnostics);

} // namespace tl::sema
