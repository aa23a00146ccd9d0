// A program and all that it needs to run, in one piece of bytes: what an executable carries.
#pragma once

#include "runtime/answer/Question.h"
#include "runtime/core/Run.h"
#include "runtime/execute/Program.h"

#include <memory>
#include <span>

namespace tl::runtime {

/// How the rows of a table of elements combine where indices come twice.
enum class RowCombination : std::uint8_t { Unique, Add, Max, Min, Multiply };

/// A tensor or relation whose data may be given when the program runs.
struct Input {
  std::string name;
  ValueType type;
  std::vector<QuestionAxis> axes;
  std::vector<bool> isOpen; ///< by axis: cells may be new symbols, or integers beyond the extent
  std::string path;         ///< read when nothing is given and the package has no data for it; may be empty
  bool hasHeader = false;   ///< of the table at `path`
  RowCombination rows = RowCombination::Unique;
  std::vector<std::string> alsoAs; ///< further names that the program reads it under
};

/// What the package asks of the processor: extensions beyond the first 64-bit one, by the names that
/// compilers give them.
using ProcessorFeatures = std::vector<std::string>;

struct Package {
  std::string name; ///< of the program, for messages
  Program program;
  std::vector<std::shared_ptr<Domain>> domains; ///< by number; null for integers
  std::vector<Question> queries;
  std::vector<FileOutput> writes;
  std::vector<Input> inputs;
  Bindings data;                         ///< what is not given when it runs
  std::map<std::string, Relation> facts; ///< rows of inputs that the program itself has
  ProcessorFeatures features;
};

/// Where the bytes of a package may begin.
inline constexpr std::size_t kPackageAlignment = 64;

/// The bytes of a package; the same package gives the same bytes.
std::vector<std::byte> packageBytes(const Package &package);

/// The package that `bytes` hold. They start at a multiple of 64 and outlive it and its answers, as symbols
/// and elements stay where they lie. A Data error when they are not those of a package of this version.
Result<Package> openPackage(std::span<const std::byte> bytes, MemoryBudget &budget);

} // namespace tl::runtime
