// Queries and files written.
#pragma once

#include "frontend/sema/Names.h"

namespace tl::sema {

void addQuery(const ast::Query &query, SourceRange range, TypedProgram &program, Names &names,
              source::DiagnosticEngine &diagnostics);
void addWrite(const ast::Write &write, SourceRange range, TypedProgram &program, const Names &names,
              source::DiagnosticEngine &diagnostics);

} // namespace tl::sema
