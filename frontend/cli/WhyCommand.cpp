// tl why and tl whynot: what a row, its absence or an element comes from.
#include "frontend/cli/Session.h"
#include "frontend/driver/Why.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {
namespace {

constexpr int kFailedCheck = 5;

struct WhyOptions {
  std::string path;
  std::vector<std::string> facts;
  std::string format = "text";
  std::size_t most = 10;
  bool asksWhyNot = false;
};

prove::ProofFormat formatNamed(const std::string &name) {
  return name == "json"  ? prove::ProofFormat::Json
         : name == "dot" ? prove::ProofFormat::Dot
                         : prove::ProofFormat::Text;
}

/// Answers one question; the exit code.
int answer(const WhyOptions &options, const prove::ProofText &text, prove::Prover &prover,
           const driver::AskedFact &asked) {
  using Kind = driver::Reason::Kind;
  driver::Reason reason = driver::reasonOf(asked, text, prover, options.most);
  if (reason.kind == Kind::Unsupported) {
    std::fprintf(stderr, "tl: error: %s\n", reason.text.c_str());
    return 1;
  }
  if (!writeOut(reason.text))
    return 3;
  bool isAsExpected = reason.kind == Kind::Element || (reason.kind == Kind::Fails) == options.asksWhyNot;
  return isAsExpected ? 0 : kFailedCheck;
}

int why(WhyOptions options, Context &context) {
  setProgram(context.options, options.path);
  context.options.asked = options.facts;
  driver::Compilation compilation(context.options, *context.cancel);
  std::optional<prove::Evidence> evidence;
  if (compilation.advance(driver::Stage::Compiled))
    evidence = compilation.evidence();
  printDiagnostics(compilation, context);
  if (!evidence)
    return compilation.exitCode();
  prove::Prover prover(*evidence);
  const prove::ProofText text{*evidence, compilation.sources(), formatNamed(options.format)};
  int code = 0;
  for (const driver::AskedFact &asked : compilation.askedFacts())
    if (int one = answer(options, text, prover, asked))
      code = one;
  return code;
}

std::function<int()> add(CLI::App &app, Context &context, bool asksWhyNot) {
  auto options = std::make_shared<WhyOptions>();
  options->asksWhyNot = asksWhyNot;
  app.add_option("file", options->path, "the program; - for standard input")->required();
  app.add_option("facts", options->facts, "what to explain, without variables, as a query writes it")
      ->required();
  app.add_option("--format", options->format, "text, json (one object a line) or dot (a graph of the proof)")
      ->check(CLI::IsMember({"text", "json", "dot"}))
      ->capture_default_str();
  if (!asksWhyNot)
    app.add_option("--most", options->most, "contributions to show of an element")->capture_default_str();
  addSharedOptions(app, context);
  return [options, &context] { return why(*options, context); };
}

} // namespace

std::function<int()> addWhy(CLI::App &app, Context &context) {
  app.footer("Examples:\n  tl why family.tl 'Ancestor(Alice, Dave)'\n  tl why net.tl 'C[2,3]' --most 5\n"
             "Exit code 5 when a row does not hold.");
  return add(app, context, false);
}

std::function<int()> addWhyNot(CLI::App &app, Context &context) {
  app.footer("Example:\n  tl whynot family.tl 'Ancestor(Dave, Alice)'\nExit code 5 when a row does hold.");
  return add(app, context, true);
}

} // namespace tl::cli
