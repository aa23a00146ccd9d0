// tl doctor: what tl finds on this machine, and whether it works.
#include "frontend/cli/Session.h"
#include "runtime/core/JsonText.h"
#include "runtime/core/MemorySize.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <thread>

#include <dlfcn.h>
#include <unistd.h>

namespace tl::cli {
namespace {

/// One line: what was looked for, what was found, and whether tl can do without it.
struct Finding {
  std::string subject, found;
  enum class State { Good, Missing, Broken } state = State::Good;
};

Finding version() {
  return {"tl", TL_VERSION " with LLVM " LLVM_VERSION_STRING};
}

Finding processor() {
  std::string text = llvm::sys::getHostCPUName().str();
  const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  for (const char *name : {"avx2", "fma", "avx512f", "avx512bf16", "amx-tile", "neon", "sve"})
    if (features.lookup(name))
      text += std::string(" ") + name;
  return {"processor", text};
}

Finding threads() {
  return {"threads", std::to_string(std::max(1u, std::thread::hardware_concurrency()))};
}

std::string mebibytes(std::size_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

Finding memory() {
  const auto pages = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES));
  const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  return {"memory", mebibytes(pages * bytes) + ", at most " + mebibytes(runtime::defaultMemoryBytes()) +
                        " used without --max-memory"};
}

Finding caches() {
  std::string text;
  const std::pair<const char *, int> levels[] = {
      {"L1", _SC_LEVEL1_DCACHE_SIZE}, {"L2", _SC_LEVEL2_CACHE_SIZE}, {"L3", _SC_LEVEL3_CACHE_SIZE}};
  for (const auto &[name, key] : levels)
    if (long bytes = sysconf(key); bytes > 0)
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + std::to_string(bytes >> 10) + " KiB";
  return {"caches", text.empty() ? "unknown" : text};
}

Finding library(const Context &context) {
  std::error_code code;
  const std::filesystem::path folder = context.options.libraryFolder;
  std::size_t modules = 0;
  if (!folder.empty())
    for (const auto &entry : std::filesystem::recursive_directory_iterator(folder, code))
      modules += entry.path().extension() == ".tl";
  if (modules == 0)
    return {"library", "the modules std.* are not found: set TL_STDLIB to their folder",
            Finding::State::Broken};
  return {"library", folder.string() + ", " + std::to_string(modules) + " modules"};
}

/// Compiles and runs a program that needs kernels and the library's folder for nothing.
Finding compiler(const Context &context) {
  driver::Options options = context.options;
  options.path = "-";
  options.text = "A = [1.5, 2.5]\nS = A[i] A[i]\nS?\n";
  options.optimizationLevel = 2;
  driver::Compilation compilation(options, *context.cancel);
  std::optional<std::vector<driver::Answer>> answers;
  if (compilation.advance(driver::Stage::Compiled))
    answers = compilation.run();
  const bool isRight = answers && answers->size() == 1 && answers->front().tensor.number(0) == 8.5;
  if (isRight)
    return {"compiler", "compiles and runs"};
  return {"compiler", "a small program does not give its answer: report this as a bug in tl",
          Finding::State::Broken};
}

Finding linker(const Context &context) {
  auto found = llvm::sys::findProgramByName(context.compiler);
  if (!found)
    return {"C compiler", "'" + context.compiler + "' is not found: tl build needs gcc or clang to link",
            Finding::State::Missing};
  return {"C compiler", *found + ", for tl build"};
}

Finding archive(const Context &context) {
  if (context.runtimeFolder.empty())
    return {"runtime", "libtl_rt.a is not found: tl build cannot link", Finding::State::Missing};
  return {"runtime", context.runtimeFolder + "/libtl_rt.a, for tl build"};
}

Finding scratch() {
  std::error_code code;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(code);
  if (code || access(folder.c_str(), W_OK) != 0)
    return {"temporary files", "their folder cannot be written to: tl build needs it",
            Finding::State::Missing};
  return {"temporary files", folder.string()};
}

Finding cuda() {
  void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver)
    dlclose(driver);
  return {"CUDA driver", driver ? "found; this version has no GPU backend" : "none; nothing needs it"};
}

const char *stateName(Finding::State state) {
  switch (state) {
  case Finding::State::Good:
    return "good";
  case Finding::State::Missing:
    return "missing";
  case Finding::State::Broken:
    return "broken";
  }
  __builtin_unreachable();
}

std::string line(const Finding &finding, bool isJson) {
  if (!isJson) {
    std::string subject = finding.subject;
    subject.resize(std::max<std::size_t>(subject.size(), 17), ' ');
    const char *mark = finding.state == Finding::State::Good      ? "  "
                       : finding.state == Finding::State::Missing ? "- "
                                                                  : "! ";
    return mark + subject + finding.found + "\n";
  }
  std::string text = "{\"subject\": ";
  runtime::appendJsonText(finding.subject, text);
  text += ", \"found\": ";
  runtime::appendJsonText(finding.found, text);
  return text + ", \"state\": \"" + stateName(finding.state) + "\"}\n";
}

} // namespace

std::function<int()> addDoctor(CLI::App &app, Context &context) {
  auto format = std::make_shared<std::string>("text");
  app.add_option("--format", *format, "text, or json (one object a line)")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--stdlib", context.options.libraryFolder,
                 "folder of the modules std.* (default: TL_STDLIB, or the one that comes with tl)");
  app.footer("Lines that begin with - say what is missing for some uses, those with ! what is broken.\n"
             "Exit codes: 0 all that is needed works, 1 something is broken.\n"
             "Example:\n  tl doctor --format json");
  return [format, &context] {
    const Finding findings[] = {
        version(),         processor(),     threads(),        memory(),  caches(), library(context),
        compiler(context), linker(context), archive(context), scratch(), cuda()};
    std::string text;
    bool isBroken = false;
    for (const Finding &finding : findings) {
      text += line(finding, *format == "json");
      isBroken = isBroken || finding.state == Finding::State::Broken;
    }
    return !writeOut(text) ? 3 : isBroken ? 1 : 0;
  };
}

} // namespace tl::cli
