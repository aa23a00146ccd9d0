// The process of an executable that `tl build` made.
#include "runtime/core/MemorySize.h"
#include "runtime/package/RunPackage.h"
#include "runtime/standalone/CommandLine.h"
#include "runtime/standalone/Image.h"
#include "runtime/standalone/Processor.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include <unistd.h>

namespace tl::runtime {
namespace {

// The one place where a signal meets the program: the handler may touch nothing but this token.
CancelToken cancelToken;

void onInterrupt(int) {
  std::signal(SIGINT, SIG_DFL);
  cancelToken.request();
}

int fail(const std::string &program, const Error &error) {
  if (!error.message.empty())
    std::fprintf(stderr, "%s: error: %s\n", program.c_str(), error.message.c_str());
  if (error.kind == ErrorKind::Usage)
    std::fprintf(stderr, "help: '%s --help' lists the options and inputs\n", program.c_str());
  return exitCode(error.kind);
}

void setLimits(const CommandLine &line) {
  if (line.timeoutSeconds > 0)
    cancelToken.setDeadline(std::chrono::steady_clock::now() +
                            std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                std::chrono::duration<double>(line.timeoutSeconds)));
}

bool isColoured(const CommandLine &line) {
  if (line.colour != "auto")
    return line.colour == "always";
  return !std::getenv("NO_COLOR") && isatty(STDOUT_FILENO) != 0;
}

Result<void> runImage(Package &package, CommandLine line, MemoryBudget &budget) {
  TL_TRY(checkProcessor(package.features));
  TL_TRY(readInputs(package, line.files, ".", budget));
  RunOptions options{&budget, &cancelToken};
  options.threads = line.threads > 0 ? line.threads : std::max(1u, std::thread::hardware_concurrency());
  const std::span kernels(tlImageKernels, static_cast<std::size_t>(tlImageKernelsEnd - tlImageKernels));
  Result<std::vector<Answer>> answers = runPackage(package, kernels, options, ".");
  if (!answers)
    return answers.error();
  line.output.text.colour = isColoured(line);
  return printAnswers(*answers, line.output);
}

int runCommandLine(const std::string &program, std::span<const char *const> arguments) {
  Result<CommandLine> line = parseCommandLine(arguments);
  if (!line)
    return fail(program, line.error());
  MemoryBudget budget(line->maxMemoryBytes ? line->maxMemoryBytes : defaultMemoryBytes());
  setLimits(*line);
  Result<Package> package =
      openPackage({tlImagePackage, static_cast<std::size_t>(tlImagePackageEnd - tlImagePackage)}, budget);
  if (!package)
    return fail(program, package.error());
  if (line->wantsHelp)
    return std::fputs(helpText(program, *package).c_str(), stdout) < 0;
  if (line->wantsInputs) {
    for (const Input &input : package->inputs)
      std::printf("%s\n", describeInput(*package, input).c_str());
    return 0;
  }
  Result<void> done = runImage(*package, *std::move(line), budget);
  return done ? 0 : fail(program, done.error());
}

} // namespace
} // namespace tl::runtime

int main(int count, char **arguments) {
  std::signal(SIGINT, tl::runtime::onInterrupt);
  std::signal(SIGPIPE, SIG_IGN);
  const std::string path = count > 0 ? arguments[0] : "program";
  const std::string program = path.substr(path.rfind('/') + 1);
  try {
    return tl::runtime::runCommandLine(program,
                                       {arguments + 1, static_cast<std::size_t>(std::max(0, count - 1))});
  } catch (const std::bad_alloc &) {
    return tl::runtime::fail(program, {tl::runtime::ErrorKind::Limit, "out of memory"});
  } catch (const std::exception &exception) {
    std::fprintf(stderr, "%s: internal error: %s; this is a bug in tl\n", program.c_str(), exception.what());
    return 70;
  }
}
