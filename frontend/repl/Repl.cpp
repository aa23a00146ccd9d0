// Reading, checking, answering.
#include "frontend/repl/Repl.h"

#include "frontend/driver/Format.h"
#include "frontend/repl/Complete.h"
#include "frontend/repl/Run.h"
#include "frontend/repl/Screen.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <new>

namespace tl::repl {
namespace {

constexpr std::string_view kPrompt = "tl> ", kContinued = "..> ";
constexpr std::size_t kMostUndone = 100;
constexpr std::size_t kLongestInput = std::size_t{64} << 20;

/// A pasted transcript: prompts are not part of the program.
std::string withoutPrompt(const std::string &line) {
  for (std::string_view prompt : {kPrompt, kContinued})
    if (line.starts_with(prompt))
      return line.substr(prompt.size());
  return line;
}

std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// `min -1, mean 0.5, max 2`, with what is absent or no number.
std::string summaryOf(const driver::Answer &answer) {
  constexpr std::int64_t kFewElements = 8;
  const runtime::Tensor &tensor = answer.tensor;
  if (answer.kind != runtime::QuestionKind::Tensor || tensor.elements() <= kFewElements)
    return "";
  double least = INFINITY, most = -INFINITY, sum = 0;
  std::int64_t count = 0, absent = 0;
  for (std::int64_t position = 0; position < tensor.elements(); ++position) {
    if (!tensor.isPresent(position)) {
      ++absent;
      continue;
    }
    double value = tensor.number(position);
    if (std::isnan(value))
      continue;
    least = std::min(least, value), most = std::max(most, value), sum += value, ++count;
  }
  std::int64_t nan = tensor.elements() - absent - count;
  char text[160];
  std::snprintf(text, sizeof text, "  min %.6g, mean %.6g, max %.6g", least,
                count ? sum / static_cast<double>(count) : NAN, most);
  return std::string(count ? text : "  no numbers") +
         (absent ? ", " + std::to_string(absent) + " absent" : "") +
         (nan ? ", " + std::to_string(nan) + " nan" : "") + "\n";
}

bool writeOut(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

} // namespace

Repl::Repl(Settings given)
    : settings(std::move(given)), budget(settings.options.maxMemoryBytes ? settings.options.maxMemoryBytes
                                                                         : driver::defaultMemoryBytes()),
      input(settings.isTerminal, settings.historyPath,
            [this](std::string_view before) { return complete(pieces, before); }) {}

void Repl::say(const std::string &text) {
  writeOut(text);
}

void Repl::run() {
  if (settings.isTerminal)
    say("tl: enter statements and queries; :help lists the commands\n");
  while (!isOver) {
    settings.arm();
    std::optional<std::string> text = readInput();
    if (!text && isInterrupted()) {
      say("\n");
      continue;
    }
    if (!text)
      break;
    try {
      take(*text);
    } catch (const std::bad_alloc &) {
      std::fputs("tl: error: out of memory\n", stderr);
    }
    std::fflush(stdout);
  }
  if (settings.isTerminal)
    say("\n");
}

/// One command, or lines until they are complete; an empty line ends them at once.
std::optional<std::string> Repl::readInput() {
  std::string text;
  while (true) {
    std::optional<std::string> line = input.readLine(std::string(text.empty() ? kPrompt : kContinued));
    if (!line)
      return text.empty() || isInterrupted() ? std::nullopt : std::optional(text);
    std::string clean = withoutPrompt(*line);
    if (settings.isTerminal && settings.colour)
      say(recoloured(text.empty() ? kPrompt : kContinued, *line, screenSize()));
    bool isCommand = text.empty() && clean.starts_with(':');
    bool isEmpty = clean.find_first_not_of(" \t\r") == std::string::npos;
    if (isEmpty && text.empty())
      continue;
    text += clean + "\n";
    if (isCommand || isEmpty || text.size() > kLongestInput || isComplete(text))
      return text;
  }
}

void Repl::take(const std::string &text) {
  if (text.starts_with(':'))
    return command(std::string_view(text).substr(1, text.size() - 2));
  enter(text);
}

void Repl::startClock() {
  using Clock = std::chrono::steady_clock;
  settings.arm();
  std::chrono::duration<double> limit(settings.timeoutSeconds);
  settings.cancel->setDeadline(settings.timeoutSeconds > 0
                                   ? Clock::now() + std::chrono::duration_cast<Clock::duration>(limit)
                                   : Clock::time_point::max());
}

void Repl::show(const driver::Compilation &compilation) {
  std::string text = source::renderAll(compilation.sources(), compilation.diagnostics(), settings.colour);
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::unique_ptr<Repl::Run> Repl::compile(const Pieces &program, const std::string &query, driver::Stage last,
                                         bool explains) {
  auto run = std::make_unique<Run>();
  run->embedding.sources = program.sources();
  if (!query.empty())
    run->embedding.sources.push_back({"input", query + "\n"});
  if (run->embedding.sources.empty())
    run->embedding.sources.push_back({"input", "\n"});
  run->embedding.asksLastOnly = !query.empty();
  run->embedding.budget = &budget;
  run->embedding.cache = &cache;
  driver::Options options = settings.options;
  options.path = "-";
  options.folder = options.folder.value_or(".");
  options.embedding = &run->embedding;
  if (explains)
    options.asked = {query};
  startClock();
  run->compilation = std::make_unique<driver::Compilation>(options, *settings.cancel);
  bool isRight = run->compilation->advance(last);
  show(*run->compilation);
  return isRight ? std::move(run) : nullptr;
}

void Repl::remember() {
  past.push_back(pieces);
  if (past.size() > kMostUndone)
    past.erase(past.begin());
}

/// Definitions of one input count together, then its queries are answered in their order.
void Repl::enter(const std::string &text) {
  std::vector<Piece> entered = splitStatements(text), held;
  for (const Piece &piece : entered)
    if (piece.kind == StatementKind::Definition || piece.kind == StatementKind::Addition)
      held.push_back(piece);
  if (!held.empty()) {
    std::size_t before = past.size();
    changeProgram(held);
    if (past.size() == before)
      return; // the queries of a wrong input would speak of the program before it
  }
  for (const Piece &piece : entered)
    if (piece.kind == StatementKind::Query || piece.kind == StatementKind::Question)
      answer(piece);
}

void Repl::changeProgram(const std::vector<Piece> &entered) {
  Pieces changed = pieces;
  std::vector<std::string> replaced = changed.add(entered);
  if (!compile(changed, "", driver::Stage::Checked))
    return;
  remember();
  pieces = std::move(changed);
  if (!replaced.empty())
    say("replaced " + listed(replaced) + "\n");
}

std::unique_ptr<Repl::Run> Repl::answersOf(const std::string &query, std::vector<driver::Answer> &answers) {
  std::unique_ptr<Run> run = compile(pieces, query, driver::Stage::Compiled);
  if (!run)
    return nullptr;
  std::size_t shown = run->compilation->diagnostics().all().size();
  std::optional<std::vector<driver::Answer>> found = run->compilation->run();
  if (run->compilation->diagnostics().all().size() > shown)
    show(*run->compilation);
  if (!found)
    return nullptr;
  answers = *std::move(found);
  return run;
}

void Repl::answer(const Piece &query) {
  auto start = std::chrono::steady_clock::now();
  std::vector<driver::Answer> answers;
  std::unique_ptr<Run> run = answersOf(query.text, answers);
  if (!run)
    return;
  // At a terminal an answer is written a page at a time; elsewhere it is never held as one text.
  std::string text;
  driver::Sink sink([&](std::string_view part) {
    if (!settings.isTerminal)
      return writeOut(part);
    text += part;
    return true;
  });
  for (const driver::Answer &one : answers) {
    driver::writeText(one, {settings.colour, maxRows}, sink);
    sink.text += summaryOf(one);
  }
  sink.flush();
  writePaged(text, screenSize(), [this] { return isInterrupted(); });
  if (!cache.recomputed.empty())
    say("computed anew: " + listed(cache.recomputed) + "\n");
  if (showsTime) {
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    char line[80];
    std::snprintf(line, sizeof line, "%.1f ms\n", 1000 * seconds);
    say(line);
  }
}

} // namespace tl::repl
