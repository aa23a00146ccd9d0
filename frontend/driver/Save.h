// Writing a tensor or relation to the file a program names.
#pragma once

#include "frontend/driver/Answers.h"
#include "frontend/source/Diagnostic.h"

#include <span>

namespace tl::driver {

/// A value, and the file that the program asks it to be written to.
struct PendingWrite {
  const sema::FileWrite *write;
  const runtime::Value *value;
};

/// Reports files of unknown formats and files that two statements would write. False when it reported
/// something.
bool checkWrites(const sema::TypedProgram &program, source::DiagnosticEngine &diagnostics);

/// Writes the members of one file, relative to `folder`: arrays for array formats, rows for tables (a dense
/// tensor as its indices and the value). The old file stays until the new one is complete.
runtime::Result<void> save(const sema::TypedProgram &program, std::span<const PendingWrite> members,
                           const DomainOf &domainOf, const std::string &folder,
                           runtime::MemoryBudget &budget);

} // namespace tl::driver
