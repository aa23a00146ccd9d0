// Writing a tensor or relation to the file a program names.
#pragma once

#include "runtime/answer/Answers.h"

#include <span>

namespace tl::runtime {

/// A value, and the file that the program asks it to be written to.
struct PendingWrite {
  const FileOutput *write;
  const Value *value;
};

/// Writes the members of one file, relative to `folder`: arrays for array formats, rows for tables (a dense
/// tensor as its indices and the value). The old file stays until the new one is complete.
Result<void> save(std::span<const PendingWrite> members, const DomainOf &domainOf, const std::string &folder,
                  MemoryBudget &budget);

} // namespace tl::runtime
