// tl run: compile, run, print the answers.
#include "frontend/cli/LearningOptions.h"
#include "frontend/cli/Progress.h"
#include "frontend/cli/Session.h"
#include "frontend/driver/FormatProfile.h"
#include "frontend/driver/ModuleFile.h"
#include "frontend/driver/Plot.h"
#include "frontend/driver/Printed.h"
#include "runtime/answer/Output.h"
#include "runtime/io/Files.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>

namespace tl::cli {
namespace {

constexpr int kDataError = 3;

struct RunOptions {
  std::string path;
  std::string format = "text";
  std::string output = ".";
  bool full = false;
  bool profile = false;
  int repeat = 1;
  std::string trace;
  std::string plots;
};

int print(const std::vector<driver::Answer> &answers, const RunOptions &run, const Context &context) {
  runtime::OutputOptions output;
  output.format = *runtime::outputFormatNamed(run.format);
  output.text = {context.isColoured(fileno(stdout)), run.full ? std::size_t{0} : std::size_t{40}};
  output.folder = run.output;
  runtime::Result<void> printed = runtime::printAnswers(answers, output);
  if (printed)
    return 0;
  return printed.error().message.empty() ? kDataError : fail(printed.error(), context);
}

runtime::Result<void> writeFile(const std::string &path, const std::string &text) {
  const std::span<const std::byte> pieces[] = {std::as_bytes(std::span(text))};
  return runtime::writeFileAtomically(path, pieces);
}

/// `--plot`: one image per query that has one, named by its position; the others are named on standard error.
runtime::Result<void> writePlots(const std::vector<driver::Answer> &answers, const std::string &folder) {
  for (std::size_t number = 0; number < answers.size(); ++number) {
    std::string reason;
    std::optional<std::string> image = driver::draw(answers[number], reason);
    const std::string path = folder + "/" + std::to_string(number) + ".svg";
    if (!image)
      std::fprintf(stderr, "note: no picture of '%s': %s\n", answers[number].query.c_str(), reason.c_str());
    else
      TL_TRY(writeFile(path, *image));
  }
  return {};
}

ProgressLine progressLine(const LastStep &lastStep, const driver::Compilation &compilation,
                          std::chrono::steady_clock::time_point start) {
  if (std::string text = lastStep.text(); !text.empty())
    return {text, true};
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {driver::printed("running for %.0f s, %.1f MB in use", seconds,
                          static_cast<double>(compilation.bytesInUse()) / 1e6),
          false};
}

/// A program in the form of a stage.
int runModule(const RunOptions &run, Context &context) {
  auto file = driver::ModuleFile::open(context.options);
  if (!file)
    return fail(file.error(), context);
  runtime::Result<std::vector<driver::Answer>> answers = (*file)->run(*context.cancel);
  return answers ? print(*answers, run, context) : fail(answers.error(), context);
}

using Answers = std::optional<std::vector<driver::Answer>>;

/// Runs a compiled program again and again; on standard error what a run takes, compiling and loading not included.
Answers repeated(driver::Compilation &compilation, int times) {
  std::vector<double> wall, processor;
  Answers answers;
  for (int done = 0; done < times; ++done) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t used = std::clock();
    answers = compilation.run();
    if (!answers)
      return answers;
    processor.push_back(1e3 * static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC);
    wall.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  if (times > 1) {
    std::ranges::sort(wall);
    std::ranges::sort(processor);
    const auto middle = static_cast<std::size_t>(times / 2);
    std::fprintf(stderr, "%d runs: median %.3f ms, least %.3f ms, median of the processors %.3f ms\n", times,
                 wall[middle], wall[0], processor[middle]);
  }
  return answers;
}

int run(const RunOptions &run, Context &context) {
  setProgram(context.options, run.path);
  context.options.profile = run.profile || !run.trace.empty();
  if (context.options.profile && context.options.backend != "cpu")
    return fail({runtime::ErrorKind::Usage, "--profile and --trace need --backend cpu"}, context);
  if (run.path.ends_with(".mlir"))
    return runModule(run, context);
  LastStep lastStep;
  context.options.training.onStep = [&](const driver::StepReport &report) { lastStep.set(report); };
  driver::Compilation compilation(context.options, *context.cancel);
  Answers answers;
  {
    const auto start = std::chrono::steady_clock::now();
    Progress progress(context.canRewriteLines, [&] { return progressLine(lastStep, compilation, start); });
    if (compilation.advance(driver::Stage::Compiled)) {
      if (run.repeat > 1 && !compilation.program().learnings.empty())
        return fail({runtime::ErrorKind::Usage, "--repeat: a program with 'learn' would go on learning"}, context);
      answers = repeated(compilation, run.repeat);
    }
  }
  printDiagnostics(compilation, context);
  if (!answers)
    return compilation.exitCode();
  if (run.profile)
    std::fputs(driver::profileText(compilation.profile()).c_str(), stderr);
  if (!run.trace.empty())
    if (auto written = writeFile(run.trace, driver::traceText(compilation.profile())); !written)
      return fail(written.error(), context);
  if (!run.plots.empty())
    if (auto written = writePlots(*answers, run.plots); !written)
      return fail(written.error(), context);
  return print(*answers, run, context);
}

} // namespace

std::function<int()> addRun(CLI::App &app, Context &context) {
  auto options = std::make_shared<RunOptions>();
  app.add_option("file", options->path, "the program, or a stage of one (.mlir); - for standard input")
      ->required();
  app.add_option("--format", options->format,
                 "text, json (one object a line), tsv, or npy (files 0.npy, 1.npy, ... in --output)")
      ->check(CLI::IsMember({"text", "json", "tsv", "npy"}))
      ->capture_default_str();
  app.add_option("--output", options->output, "folder for --format npy")->check(CLI::ExistingDirectory);
  app.add_flag("--full", options->full, "print long answers in full");
  app.add_flag("--profile", options->profile,
               "after the run, what each rule and round took (standard error)");
  app.add_option("--repeat", options->repeat, "run so often and say what one run takes (standard error)")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--trace", options->trace, "write the calls of the run to a file that trace viewers read");
  app.add_option("--plot", options->plots, "folder for pictures of the answers: 0.svg, 1.svg, ...")
      ->check(CLI::ExistingDirectory);
  addSharedOptions(app, context);
  addLearningOptions(app, context);
  app.footer("Examples:\n  tl run family.tl\n  tl run net.tl -D X=images.npy --format json --threads 2");
  return [options, &context] { return run(*options, context); };
}

} // namespace tl::cli
