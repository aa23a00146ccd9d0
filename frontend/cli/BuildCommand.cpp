// tl build: an executable, a shared library, or a stage on the way to them.
#include "frontend/cli/LearningOptions.h"
#include "frontend/cli/Session.h"
#include "frontend/driver/Link.h"
#include "runtime/io/Files.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <optional>

namespace tl::cli {
namespace {

struct BuildOptions {
  std::string path;
  std::string output;
  std::string emit;
  std::string gpu;
  std::string processor = "native";
  std::string compiler;
  std::vector<std::string> inputs;
  bool isShared = false;
};

/// `net.tl` gives `net`, or `libnet.so`.
std::string defaultOutput(const BuildOptions &build) {
  const std::string stem = build.path == "-" ? "program" : std::filesystem::path(build.path).stem().string();
  if (build.emit == "obj")
    return stem + ".o";
  return build.isShared ? "lib" + stem + ".so" : stem;
}

int report(const runtime::Result<void> &done, const Context &context) {
  return done ? 0 : fail(done.error(), context);
}

runtime::Result<void> writeFile(const std::string &path, std::string_view content) {
  const std::span<const std::byte> pieces[] = {runtime::bytesOf(content)};
  return runtime::writeFileAtomically(path, pieces);
}

/// Text goes to standard output unless a file is named.
int emitText(driver::Compilation &compilation, const BuildOptions &build, const Context &context) {
  runtime::Result<std::string> text = compilation.stageText(
      build.emit == "ptx" ? "ptx " + (build.gpu.empty() ? "sm_80" : build.gpu) : build.emit);
  printDiagnostics(compilation, context);
  if (!text)
    return compilation.exitCode() ? compilation.exitCode() : fail(text.error(), context);
  if (build.output.empty() || build.output == "-")
    return writeOut(*text) ? 0 : 3;
  return report(writeFile(build.output, *text), context);
}

int emitObject(const driver::Standalone &made, const BuildOptions &build, const Context &context) {
  if (made.objects.empty())
    return fail(
        {runtime::ErrorKind::Program, "this program has no kernels: there is no object code to write"},
        context);
  const std::string path = build.output.empty() ? defaultOutput(build) : build.output;
  return report(writeFile(path, made.objects.front()), context);
}

/// What the options ask for and cannot be had.
std::optional<runtime::Error> mistakeIn(const BuildOptions &build, const driver::Options &options) {
  using runtime::ErrorKind;
  const bool isForGpu = build.emit == "ptx" && options.backend != "reference";
  if (options.backend != "cpu" && !isForGpu)
    return runtime::Error{ErrorKind::Usage,
                          options.backend == "reference"
                              ? "tl build needs --backend cpu: the reference backend has no code"
                              : "tl build needs --backend cpu: of the cuda backend there is "
                                "--emit=ptx alone"};
  if (build.processor != "native" && !build.emit.empty() && build.emit != "obj")
    return runtime::Error{ErrorKind::Usage,
                          "--cpu is for executables, libraries and --emit=obj, and not for --emit=" +
                              build.emit};
  if (!build.gpu.empty() && build.emit != "ptx")
    return runtime::Error{ErrorKind::Usage, "--gpu is for --emit=ptx alone"};
  return std::nullopt;
}

int build(const BuildOptions &build, Context &context) {
  driver::Options &options = context.options;
  setProgram(options, build.path);
  options.inputs = {build.inputs.begin(), build.inputs.end()};
  if (std::optional<runtime::Error> wrong = mistakeIn(build, options))
    return fail(*wrong, context);
  if (build.emit == "ptx")
    options.backend = "cuda";
  const bool isMachineCode = build.emit == "llvm" || build.emit == "asm" || build.emit == "obj";
  if (isMachineCode && options.optimizationLevel < 0)
    options.optimizationLevel = 2; // one level for all kernels makes one module
  driver::Compilation compilation(options, *context.cancel);
  const bool isRight =
      compilation.advance(build.emit == "tl" ? driver::Stage::Emitted : driver::Stage::Compiled);
  if (isRight && !build.emit.empty() && build.emit != "obj")
    return emitText(compilation, build, context);
  std::optional<driver::Standalone> made;
  if (isRight)
    made = compilation.standalone(build.processor);
  printDiagnostics(compilation, context);
  if (!made)
    return compilation.exitCode();
  if (build.emit == "obj")
    return emitObject(*made, build, context);
  driver::LinkOptions link{build.output.empty() ? defaultOutput(build) : build.output, build.isShared,
                           build.compiler.empty() ? context.compiler : build.compiler, context.runtimeFolder};
  return report(driver::link(*made, link), context);
}

} // namespace

std::function<int()> addBuild(CLI::App &app, Context &context) {
  auto options = std::make_shared<BuildOptions>();
  app.add_option("file", options->path, "the program; - for standard input")->required();
  app.add_option("-o,--output", options->output, "the file to make (default: named after the program)");
  CLI::Option *shared =
      app.add_flag("--shared", options->isShared, "a shared library with a C header beside it");
  app.add_option("--emit", options->emit,
                 "a stage instead: tl, plan, llvm, asm or ptx as text, obj; tl run reads tl and plan back")
      ->check(CLI::IsMember({"tl", "plan", "llvm", "obj", "asm", "ptx"}))
      ->excludes(shared);
  app.add_option("--gpu", options->gpu,
                 "whose code --emit=ptx writes: sm_80 (and later; the default) or sm_90a")
      ->check(CLI::IsMember({"sm_80", "sm_90a"}));
  app.add_option("--input", options->inputs,
                 "a tensor or relation whose data are read when it runs and not now (may be repeated)")
      ->allow_extra_args(false);
  app.add_option("--cpu", options->processor, "the processor to build for: native, x86-64-v2, x86-64-v3, ...")
      ->capture_default_str();
  app.add_option("--cc", options->compiler, "the C compiler that links (default: CC, or cc)");
  addSharedOptions(app, context);
  addLearningOptions(app, context);
  app.footer("Examples:\n  tl build net.tl -o net && ./net -D X=images.npy --format json\n"
             "  tl build closure.tl --input Edge && cat edges.tsv | ./closure -D Edge=-\n"
             "  tl build net.tl --emit=plan");
  return [options, &context] { return build(*options, context); };
}

} // namespace tl::cli
