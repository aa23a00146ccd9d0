// One run of a package.
#include "runtime/package/RunPackage.h"

#include "runtime/answer/Save.h"
#include "runtime/execute/Executor.h"
#include "runtime/io/Formats.h"

#include <map>

namespace tl::runtime {
namespace {

/// The members of one file are written together.
Result<void> writeFiles(const std::vector<FileOutput> &writes, const Answers &values,
                        const DomainOf &domainOf, const std::string &folder, MemoryBudget &budget,
                        FailedAt &failedAt) {
  std::map<std::string, std::vector<PendingWrite>> byPath;
  for (std::size_t number = 0; number < writes.size(); ++number)
    if (auto value = values.writes.find(static_cast<std::int64_t>(number)); value != values.writes.end())
      byPath[parseFileReference(writes[number].path).path].push_back({&writes[number], &value->second});
  for (const auto &[path, members] : byPath) {
    failedAt = {false, static_cast<std::size_t>(members.front().write - writes.data())};
    TL_TRY(save(members, domainOf, folder, budget));
  }
  return {};
}

} // namespace

Result<std::vector<Answer>> takeAnswers(const std::vector<Question> &queries,
                                        const std::vector<FileOutput> &writes, const Answers &values,
                                        const DomainOf &domainOf, const std::string &folder,
                                        MemoryBudget &budget, FailedAt *failedAt) {
  FailedAt unasked;
  FailedAt &at = failedAt ? *failedAt : unasked;
  TL_TRY(writeFiles(writes, values, domainOf, folder, budget, at));
  std::vector<Answer> answers;
  for (std::size_t number = 0; number < queries.size(); ++number) {
    at = {true, number};
    auto value = values.queries.find(static_cast<std::int64_t>(number));
    if (value == values.queries.end())
      return Error{ErrorKind::Program, "nothing answers the query '" + queries[number].text + "'"};
    Result<Answer> one = answer(queries[number], value->second, domainOf, budget);
    if (!one)
      return one.error();
    answers.push_back(*std::move(one));
  }
  return answers;
}

Result<std::vector<Answer>> runPackage(const Package &package, std::span<const TlKernel> kernels,
                                       const RunOptions &options, const std::string &folder) {
  TensorPool spare;
  Result<Answers> values = Executor(package.program, kernels, spare, package.data, options).run();
  if (!values)
    return values.error();
  const DomainOf domainOf = [&](std::uint32_t number) { return package.domains[number].get(); };
  return takeAnswers(package.queries, package.writes, *values, domainOf, folder, *options.budget);
}

} // namespace tl::runtime
