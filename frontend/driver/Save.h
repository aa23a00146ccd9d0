// Writing a tensor or relation to the file a program names.
#pragma once

#include "frontend/driver/Answers.h"

namespace tl::driver {

/// Writes `value` to `write.path`, relative to `folder`: arrays for array formats, rows for tables (a dense tensor as its indices
/// and the value). The old file stays until the new one is complete.
runtime::Result<void> save(const sema::TypedProgram &program, const sema::FileWrite &write, const runtime::Value &value,
                           const DomainOf &domainOf, const std::string &folder, runtime::MemoryBudget &budget);

} // namespace tl::driver
