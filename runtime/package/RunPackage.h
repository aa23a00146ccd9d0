// One run of a package.
#pragma once

#include "runtime/abi/KernelAbi.h"
#include "runtime/answer/Answers.h"
#include "runtime/package/Package.h"

#include <span>

namespace tl::runtime {

/// Runs the program with its kernels, writes its files, relative to `folder`, and answers its queries in
/// their order.
Result<std::vector<Answer>> runPackage(const Package &package, std::span<const TlKernel> kernels,
                                       const RunOptions &options, const std::string &folder);

/// What a failure is about.
struct FailedAt {
  bool isQuery = false; ///< else a file
  std::size_t number = 0;
};

/// Writes files and answers queries with the values of a run; `failedAt` is set where it fails, and may be
/// null.
Result<std::vector<Answer>> takeAnswers(const std::vector<Question> &queries,
                                        const std::vector<FileOutput> &writes, const Answers &values,
                                        const DomainOf &domainOf, const std::string &folder,
                                        MemoryBudget &budget, FailedAt *failedAt = nullptr);

} // namespace tl::runtime
