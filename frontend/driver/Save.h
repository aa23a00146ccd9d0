// Which files a program may write.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "frontend/source/Diagnostic.h"

namespace tl::driver {

/// Reports files of unknown formats and files that two statements would write. False when it reported
/// something.
bool checkWrites(const sema::TypedProgram &program, source::DiagnosticEngine &diagnostics);

} // namespace tl::driver
