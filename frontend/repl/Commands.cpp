// What begins with a colon.
#include "frontend/driver/Why.h"
#include "frontend/print/Explain.h"
#include "frontend/repl/Complete.h"
#include "frontend/repl/Plot.h"
#include "frontend/repl/Run.h"
#include "frontend/repl/Screen.h"
#include "runtime/io/Files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace tl::repl {
namespace {

constexpr const char *kHelp =
    R"(statements            equations, rules, facts, literals and declarations join the program; a definition replaces the one of its name,
                      rules, facts and '+=' stand beside others (':drop NAME' takes them out)
NAME?  R(A, x)?       queries are answered at once; only what has changed is computed anew
:type [NAME]          what a name, or every name, stands for
:shape [NAME]         the same with sizes
:plan [NAME]          the loops that a query becomes
:explain [NAME]       equations with their sums explicit, in the order of evaluation
:why FACT             why a row holds or does not, or what an element is made of: ':why Reach(A, C)', ':why Y[2]'
:plot QUERY           draws a tensor of one or two indices: ':plot Y', ':plot W[0,i,j]'
:time                 shows, or no longer shows, how long each answer took
:mem                  memory in use
:load FILE            adds the statements of a file
:save FILE            writes the program; 'tl run FILE' runs it
:list                 shows the program
:drop NAME            takes out everything that defines NAME
:undo                 takes back the last change of the program
:reset                takes out everything
:set OPTION VALUE     backend, threads, dtype, tol, max-iterations, timeout, strict, rows, seed
:quit                 ends, as the end of input does
)";

std::optional<double> numberIn(const std::string &text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool isWhole(double value) {
  return value >= -1e15 && value <= 1e15 && value == static_cast<double>(static_cast<std::int64_t>(value));
}

std::string axisText(const sema::TypedProgram &program, sema::ClassId id, bool withShape) {
  const sema::AxisClass &axis = program.classes[id];
  if (!axis.domain.empty())
    return axis.domain;
  if (withShape && axis.extent >= 0 && !axis.isOpen)
    return std::to_string(axis.extent);
  return axis.kind == sema::AxisClass::Kind::Symbol ? "symbol" : "integer";
}

std::string typeText(const sema::TypedProgram &program, const sema::TensorSymbol &tensor, bool withShape) {
  bool isRelation = tensor.kind == sema::TensorKind::Relation;
  std::string text = tensor.name + (isRelation ? "(" : "[");
  for (std::size_t axis = 0; axis < tensor.axes.size(); ++axis)
    text += (axis ? ", " : "") + axisText(program, tensor.axes[axis], withShape);
  text += isRelation ? ")" : "]";
  if (!isRelation)
    text += ": " + std::string(runtime::name(tensor.elementType));
  return text + (tensor.isUndefined ? "  (nothing defines it)" : "") + "\n";
}

} // namespace

void Repl::command(std::string_view line) {
  std::size_t end = std::min(line.find(' '), line.size());
  std::string name(line.substr(0, end)), rest(line.substr(end));
  rest.erase(0, rest.find_first_not_of(" \t"));
  rest.erase(rest.find_last_not_of(" \t\r\n?") + 1);
  if (name == "help")
    help();
  else if (name == "type" || name == "shape")
    type(rest, name == "shape");
  else if (name == "plan" || name == "explain")
    explain(rest, name == "plan");
  else if (name == "why")
    why(rest);
  else if (name == "plot")
    plot(rest);
  else if (name == "time")
    say((showsTime = !showsTime) ? "times are shown\n" : "times are not shown\n");
  else if (name == "mem")
    memory();
  else if (name == "load")
    load(rest);
  else if (name == "save")
    save(rest);
  else if (name == "list")
    say(pieces.text());
  else if (name == "set")
    set(rest.substr(0, rest.find(' ')), rest.substr(std::min(rest.find(' ') + 1, rest.size())));
  else if (name == "quit" || name == "q" || name == "exit")
    isOver = true;
  else if (name == "reset") {
    remember();
    pieces = {};
    cache.clear();
  } else if (name == "undo") {
    if (past.empty())
      return say("there is nothing to undo\n");
    pieces = std::move(past.back());
    past.pop_back();
  } else if (name == "drop") {
    remember();
    if (!pieces.drop(rest))
      say("nothing defines '" + rest + "'\n");
  } else {
    std::optional<std::string> near = source::nearest(name, commandNames());
    say("there is no command ':" + name + "'" +
        (near ? ": did you mean ':" + *near + "'?\n" : "; :help lists them\n"));
  }
}

void Repl::help() {
  say(kHelp);
}

void Repl::type(const std::string &name, bool withShape) {
  std::unique_ptr<Run> run = compile(pieces, "", withShape ? driver::Stage::Loaded : driver::Stage::Checked);
  if (!run)
    return;
  const sema::TypedProgram &program = run->compilation->program();
  bool isFound = false;
  for (const sema::TensorSymbol &tensor : program.tensors)
    if (name.empty() || tensor.name == name) {
      say(typeText(program, tensor, withShape));
      isFound = true;
    }
  if (!isFound && !name.empty())
    say("the program has no '" + name + "'\n");
}

void Repl::explain(const std::string &name, bool asPlan) {
  std::string query = name.empty() ? "" : name + "?";
  if (asPlan && settings.options.backend != "cpu")
    return say("only the cpu backend plans\n");
  // What earlier answers left in the cache would be missing from the plan.
  driver::ResultCache before;
  std::swap(cache, before);
  std::unique_ptr<Run> run = compile(pieces, query, asPlan ? driver::Stage::Compiled : driver::Stage::Loaded);
  if (run)
    say(asPlan ? run->compilation->moduleText("tree") : print::explain(run->compilation->program()));
  std::swap(cache, before);
}

void Repl::why(const std::string &fact) {
  if (fact.empty())
    return say("':why' needs a row or an element, as ':why Reach(A, C)'\n");
  constexpr std::size_t kMostContributions = 10;
  std::unique_ptr<Run> run = compile(pieces, fact + "?", driver::Stage::Compiled, true);
  if (!run)
    return;
  std::size_t shown = run->compilation->diagnostics().all().size();
  std::optional<prove::Evidence> evidence = run->compilation->evidence();
  if (run->compilation->diagnostics().all().size() > shown)
    show(*run->compilation);
  if (!evidence)
    return;
  prove::Prover prover(*evidence);
  const prove::ProofText text{*evidence, run->compilation->sources(), prove::ProofFormat::Text};
  for (const driver::AskedFact &asked : run->compilation->askedFacts()) {
    driver::Reason reason = driver::reasonOf(asked, text, prover, kMostContributions);
    say(reason.text + (reason.text.ends_with('\n') ? "" : "\n"));
  }
}

void Repl::plot(const std::string &query) {
  if (query.empty())
    return say("':plot' needs a query, as ':plot Y'\n");
  const ScreenSize screen = settings.isTerminal ? screenSize() : ScreenSize();
  std::vector<driver::Answer> answers;
  if (std::unique_ptr<Run> run = answersOf(query + "?", answers))
    for (const driver::Answer &one : answers)
      say(repl::plot(one, plotSizeIn(screen.rows, screen.columns)));
}

void Repl::load(const std::string &path) {
  runtime::Result<runtime::MappedFile> file = runtime::MappedFile::open(path);
  if (!file)
    return say("tl: error: " + file.error().message + "\n");
  enter(std::string(file->text()));
}

void Repl::save(const std::string &path) {
  if (path.empty())
    return say("':save' needs the name of a file\n");
  std::string text = pieces.text();
  std::span<const std::byte> bytes = runtime::bytesOf(text);
  if (runtime::Result<void> written = runtime::writeFileAtomically(path, std::span(&bytes, 1)); !written)
    return say("tl: error: " + written.error().message + "\n");
  say("saved " + std::to_string(pieces.all().size()) + " statements\n");
}

void Repl::memory() {
  char text[120];
  std::snprintf(text, sizeof text, "%.1f MB in use, %.1f MB at most so far, cap %.0f MB\n",
                static_cast<double>(budget.used()) / 1e6, static_cast<double>(budget.peak()) / 1e6,
                static_cast<double>(budget.capBytes()) / 1e6);
  say(text);
}

void Repl::set(const std::string &option, const std::string &value) {
  driver::Options &options = settings.options;
  std::optional<double> number = numberIn(value);
  bool isCount = number && *number >= 1 && *number <= 1e9 && isWhole(*number);
  bool isTruth = value == "true" || value == "false";
  if (option == "backend" && (value == "cpu" || value == "cuda" || value == "reference"))
    options.backend = value;
  else if (option == "dtype" && (value == "f32" || value == "f64"))
    options.realType = *runtime::elementTypeNamed(value);
  else if (option == "threads" && isCount && *number <= 1024)
    options.threads = static_cast<int>(*number);
  else if (option == "max-iterations" && isCount)
    options.maxIterations = static_cast<std::int64_t>(*number);
  else if (option == "tol" && number && *number > 0)
    options.tolerance = *number;
  else if (option == "timeout" && number && *number >= 0)
    settings.timeoutSeconds = *number;
  else if (option == "seed" && number && *number >= 0 && isWhole(*number))
    options.seed = static_cast<std::uint64_t>(*number);
  else if (option == "rows" && number && *number >= 0 && *number <= 1e9)
    maxRows = static_cast<std::size_t>(*number);
  else if (option == "strict" && isTruth)
    options.strict = value == "true";
  else
    return say("':set " + option + " " + value +
               "' is none of: backend cpu|cuda|reference, dtype f32|f64, threads N, tol X, "
               "max-iterations N, timeout SECONDS, rows N, strict true|false, seed N\n");
  cache.clear();
}

} // namespace tl::repl
