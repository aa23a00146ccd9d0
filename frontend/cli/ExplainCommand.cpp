// tl explain: a program as it is understood and executed.
#include "frontend/cli/Session.h"
#include "frontend/print/Explain.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {
namespace {

struct ExplainOptions {
  std::string path;
  std::string stage = "checked";
  std::string gpu = "sm_80";
  bool plan = false;
  bool run = false;
  bool gradient = false;
};

int explain(const ExplainOptions &options, Context &context) {
  setProgram(context.options, options.path);
  std::string stage = options.plan ? "tree" : options.stage;
  if (options.gradient)
    stage = "tl";
  if (stage == "tile" || stage == "ptx")
    context.options.backend = "cuda";
  if (context.options.backend == "cuda" && (stage == "llvm" || stage == "asm")) {
    std::fprintf(stderr,
                 "tl: the cuda backend has no stage '%s': its kernels are --stage tile and --stage ptx\n",
                 stage.c_str());
    return 2;
  }
  bool isPlanned = stage != "checked" && stage != "tl";
  if (isPlanned && context.options.backend == "reference") {
    std::fprintf(stderr,
                 "tl: the reference backend has no stage '%s': it walks the equations of --stage tl\n",
                 stage.c_str());
    return 2;
  }
  if (options.run && context.options.backend != "cpu") {
    std::fprintf(stderr, "tl: --run needs --backend cpu\n");
    return 2;
  }
  context.options.profile = options.run;
  driver::Compilation compilation(context.options, *context.cancel);
  driver::Stage last = driver::Stage::Compiled;
  if (stage == "checked")
    last = driver::Stage::Loaded;
  else if (stage == "tl")
    last = driver::Stage::Emitted;
  bool isRight = compilation.advance(last) && (!options.run || compilation.run());
  printDiagnostics(compilation, context);
  if (!isRight)
    return compilation.exitCode();
  if (options.gradient) {
    runtime::Result<std::string> text = compilation.gradientText();
    if (text)
      return writeOut(*text) ? 0 : 3;
    std::fprintf(stderr, "tl: %s\n", text.error().message.c_str());
    return runtime::exitCode(text.error().kind);
  }
  if (stage == "checked")
    return writeOut(print::explain(compilation.program(), compilation.demanded())) ? 0 : 3;
  return writeOut(compilation.moduleText(stage == "ptx" ? "ptx " + options.gpu : stage)) ? 0 : 3;
}

} // namespace

std::function<int()> addExplain(CLI::App &app, Context &context) {
  auto options = std::make_shared<ExplainOptions>();
  app.add_option("file", options->path, "the program; - for standard input")->required();
  auto *stage =
      app.add_option(
             "--stage", options->stage,
             "checked (sums made explicit, strata and scans), tl, plan, llvm, asm, or for a GPU: tile, ptx")
          ->check(CLI::IsMember({"checked", "tl", "plan", "llvm", "asm", "tile", "ptx"}))
          ->capture_default_str();
  app.add_option("--gpu", options->gpu, "whose code --stage ptx shows: sm_80 (and later) or sm_90a")
      ->check(CLI::IsMember({"sm_80", "sm_90a"}))
      ->capture_default_str();
  auto *gradient = app.add_flag("--gradient", options->gradient,
                                "the program with its derivatives (dLoss/dW?) as equations of the language");
  auto *plan =
      app.add_flag("--plan", options->plan, "the chosen plan: loops, their order, and the rows expected");
  plan->excludes(stage)->excludes(gradient);
  app.add_flag("--run", options->run,
               "run the program and show beside its plan the rows, calls and time that it took")
      ->needs(plan);
  addSharedOptions(app, context);
  app.footer(
      "Examples:\n  tl explain rules.tl\n  tl explain net.tl --plan\n  tl explain rules.tl --plan --run");
  return [options, &context] { return explain(*options, context); };
}

} // namespace tl::cli
