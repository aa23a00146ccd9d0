// What is allowed and seldom meant.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

namespace tl::sema {

/// Warns about variables with a name of several letters that stand once in a rule or guard and so match
/// anything: either a symbol written in lower case, or better written as `_`.
void warnAboutVariables(const ast::Program &program, source::DiagnosticEngine &diagnostics);

} // namespace tl::sema
