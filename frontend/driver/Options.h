// What the command line or an embedding program asks for.
#pragma once

#include "runtime/core/ElementType.h"
#include "runtime/core/MemorySize.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tl::backend {
struct CompileOptions;
}

namespace tl::driver {

struct Embedding;

/// How tensors given by tables are kept: `Auto` by their size; the others are for tests.
enum class TableStorage { Auto, Dense, Sparse };

/// How far training has come after one step.
struct StepReport {
  std::string loss;           ///< the name of the loss
  std::size_t learning = 0;   ///< which `learn` statement, from 0
  std::int64_t step = 0;      ///< how many steps are done
  std::int64_t steps = 0;     ///< of how many
  double value = 0;           ///< of the loss, before the step
  double rate = 0;            ///< the learning rate of the step
  double seconds = 0;         ///< since training began
  std::optional<double> validation;
};

/// What the command line says about learning.
struct TrainingOptions {
  std::optional<std::int64_t> steps; ///< instead of those of the program
  std::string metrics;               ///< a file of JSON lines, one per step
  std::string tensorboard;           ///< a folder for an event file
  std::string lossCurve;             ///< an SVG file
  std::string checkpoint;            ///< a folder
  std::int64_t checkpointEvery = 0;  ///< steps; 0: only when training ends or is interrupted
  std::string resume;                ///< a folder with a checkpoint to go on from
  std::function<void(const StepReport &)> onStep;
};

/// One program and how to run it; every default is that of the command line.
struct Options {
  std::string path;                     ///< the program's file; `-` for `text`
  std::string text;                     ///< the program itself when path is `-`
  std::string libraryFolder;            ///< of the modules `std.*`; empty when there is none
  bool isSafe = false;                  ///< no file outside of the program's folder, no C function
  std::optional<std::string> folder;    ///< what its paths are relative to; none: the folder of its file
  const Embedding *embedding = nullptr; ///< in place of path and text, for programs that embed tl
  bool findsRepairs = true;             ///< looks for an edit that repairs a wrong program
  std::string backend = "cpu";
  int threads = 0;            ///< 0: one per processor
  int optimizationLevel = -1; ///< -1: by the cost of each kernel
  std::string joins = "auto"; ///< or "pairwise", "multiway": how relations are joined, whatever it costs
  std::string cacheFolder;    ///< of machine code from earlier runs; empty: none is kept
  bool fuses = true;          ///< equations are computed together with those that they read
  std::int64_t rowBytes = 0;  ///< of blocks of rows in which chains of equations run; 0: by the caches
  bool profile = false;       ///< record what each call of a run takes
  TableStorage tables = TableStorage::Auto;
  runtime::ElementType realType = runtime::ElementType::F32;
  std::uint64_t seed = 0; ///< of random draws
  bool strict = false;    ///< warnings are errors
  std::vector<std::string> asked; ///< rows and elements to explain instead of answering the queries
  std::optional<bool> queryDriven; ///< compute only what the queries need; by default when all are bound
  std::optional<double> tolerance;
  std::optional<std::int64_t> maxIterations;
  std::size_t maxMemoryBytes = 0;             ///< 0: 80 % of the machine's memory
  std::map<std::string, std::string> defines; ///< `-D NAME=VALUE`: a number or a file
  std::set<std::string> inputs; ///< tensors and relations whose data are given when the program runs, not now
  bool checkNan = false; ///< values that are not finite are an error, with the equation that makes the first one
  TrainingOptions training;
};

/// What of it a backend asks for.
backend::CompileOptions compileOptions(const Options &options);

/// The threads to run with.
int threadCount(const Options &options);

using runtime::defaultMemoryBytes;

/// The number that the value of a define is; empty when it names a file.
std::optional<double> numberOf(const std::string &value);

/// Whether `name` stands in `text` as a name of its own.
bool isNamedIn(std::string_view text, std::string_view name);

} // namespace tl::driver
