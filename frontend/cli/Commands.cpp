// The table of verbs and the options they share.
#include "frontend/cli/Commands.h"

#include "runtime/core/MemorySize.h"
#include "runtime/io/Formats.h"

#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <map>
#include <unistd.h>

namespace tl::cli {
namespace {

constexpr std::array<Command, 16> kCommands{{
    {"run", "run a program and print its answers", addRun},
    {"check", "report what is wrong with a program, without running it", addCheck},
    {"build", "make an executable or a library of a program", addBuild},
    {"test", "compare a program's answers with the ones written in it", addTest},
    {"explain", "show how a program is understood and executed", addExplain},
    {"why", "show why a row holds, or what an element is made of", addWhy},
    {"whynot", "show how the rules come closest to a row that does not hold", addWhyNot},
    {"repl", "enter statements and queries interactively", addRepl},
    {"lsp", "answer an editor: messages, hover, definitions, completion", addLsp},
    {"fmt", "rewrite programs in the one style", addFmt},
    {"cache", "show or clear the machine code kept from earlier runs", addCache},
    {"errors", "explain a message, with an example and its repair", addErrors},
    {"doc", "show the library: what there is, and the equations of it", addDoc},
    {"doctor", "show what tl finds on this machine and whether it works", addDoctor},
    {"completions", "print the completions of a shell", addCompletions},
    {"manual", "print the manual page", addManual},
}};

} // namespace

std::span<const Command> commands() { return kCommands; }

bool Context::isColoured(int descriptor) const {
  if (colour == "always")
    return true;
  if (colour == "never" || !wantsColour)
    return false;
  return isatty(descriptor) != 0;
}

void addOutputOptions(CLI::App &app, Context &context) {
  app.add_option("--color", context.colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_option("--error-format", context.errorFormat, "messages as text, or as json (one object a line)")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void addSharedOptions(CLI::App &app, Context &context) {
  driver::Options &options = context.options;
  app.add_option("--backend", options.backend, "cpu, cuda or reference")->check(CLI::IsMember({"cpu", "cuda", "reference"}))->capture_default_str();
  app.add_option("--threads", options.threads, "at most so many threads (default: one per processor; reference uses one)")->check(CLI::Range(1, 1024));
  app.add_option("--dtype", context.elementType, "element type of real numbers: f32, f64, bf16 or f16")->check(CLI::IsMember({"f32", "f64", "bf16", "f16"}))->capture_default_str();
  app.add_option("-O", options.optimizationLevel, "optimisation level of every kernel of the cpu backend (default: by its cost)")->check(CLI::Range(0, 3));
  app.add_option("--joins", options.joins, "how the cpu backend joins relations, for measurements: auto (by cost), pairwise or multiway")
      ->check(CLI::IsMember({"auto", "pairwise", "multiway"}))
      ->capture_default_str();
  app.add_option("--row-bytes", options.rowBytes, "bytes of the blocks of rows in which chains of equations run, for measurements (default: by the caches)")
      ->check(CLI::Range(1, 1 << 30));
  app.add_flag_callback("--no-fusion", [&options] { options.fuses = false; }, "compute every equation by itself, for measurements");
  app.add_flag_callback("--no-cache", [&options] { options.cacheFolder.clear(); }, "neither use nor keep machine code of other runs");
  app.add_option("--tables", options.tables, "how tensors given by tables are kept, for measurements: auto (by size), dense or sparse")
      ->transform(CLI::CheckedTransformer(std::map<std::string, driver::TableStorage>{{"auto", driver::TableStorage::Auto},
                                                                                      {"dense", driver::TableStorage::Dense},
                                                                                      {"sparse", driver::TableStorage::Sparse}}));
  app.add_option("--seed", options.seed, "seed of random draws")->capture_default_str();
  app.add_flag("--strict", options.strict, "treat warnings as errors");
  app.add_flag_callback("--query-driven", [&options] { options.queryDriven = true; }, "compute only what the queries need (default: when every query has a constant)");
  app.add_flag_callback("--no-query-driven", [&options] { options.queryDriven = false; }, "compute every relation that a query reads in full");
  app.add_option("--tol", options.tolerance, "change below which real recursion has converged (default 1e-6, f64 1e-9)")->check(CLI::PositiveNumber);
  app.add_option("--max-iterations", options.maxIterations, "rounds of recursion before giving up")->check(CLI::PositiveNumber);
  app.add_option("--max-memory", context.memory, "memory cap, as 512M or 2G (default: 80 % of the machine's)");
  app.add_option("--timeout", context.timeoutSeconds, "seconds before giving up")->check(CLI::PositiveNumber);
  app.add_flag("--safe", options.isSafe, "read and write within the program's folder only, call no C function");
  app.add_option("--stdlib", options.libraryFolder, "folder of the modules std.* (default: TL_STDLIB, or the one that comes with tl)");
  app.add_option("-D,--define", context.defines, "NAME=VALUE: a constant, or a file for a tensor")->allow_extra_args(false);
  addOutputOptions(app, context);
}

std::string finishOptions(Context &context) {
  driver::Options &options = context.options;
  if (options.libraryFolder.empty())
    options.libraryFolder = context.libraryFolder;
  options.realType = *runtime::elementTypeNamed(context.elementType);
  if (!context.memory.empty()) {
    std::optional<std::size_t> bytes = runtime::parseBytes(context.memory);
    if (!bytes)
      return "--max-memory: '" + context.memory + "' is not a size such as 512M or 2G";
    options.maxMemoryBytes = *bytes;
  }
  for (const std::string &define : context.defines) {
    std::size_t equals = define.find('=');
    if (equals == std::string::npos || equals == 0)
      return "-D: '" + define + "' is not NAME=VALUE";
    std::string name = define.substr(0, equals), value = define.substr(equals + 1);
    if (!driver::numberOf(value) && runtime::fileKind(runtime::parseFileReference(value)) == runtime::FileKind::Unknown)
      return "-D " + define + ": '" + value +
             "' is neither a number nor a file that ends in .npy, .npz, .safetensors, .csv, .tsv, .facts or .txt";
    options.defines[name] = value;
  }
  if (context.timeoutSeconds > 0)
    context.cancel->setDeadline(std::chrono::steady_clock::now() +
                                std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                    std::chrono::duration<double>(context.timeoutSeconds)));
  return "";
}

} // namespace tl::cli
