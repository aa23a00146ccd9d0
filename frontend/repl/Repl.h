// An interactive session: statements build a program, queries are answered at once.
#pragma once

#include "frontend/driver/Compiler.h"
#include "frontend/driver/Reuse.h"
#include "frontend/repl/Input.h"
#include "frontend/repl/Pieces.h"

#include <functional>
#include <string>

namespace tl::repl {

/// How a session reads, writes and stops.
struct Settings {
  driver::Options options; ///< of every compilation; the session sets program and data
  runtime::CancelToken *cancel = nullptr;
  std::function<void()> arm; ///< makes the next interrupt request `cancel` and nothing else
  bool isTerminal = false;
  bool colour = false;
  std::string historyPath;
  double timeoutSeconds = 0; ///< of one answer; 0: none
};

/// Invariant: the program in hand has passed the checks; no input and no interrupt ends the session or loses
/// it.
class Repl {
public:
  explicit Repl(Settings settings);

  /// Until the end of input or `:quit`.
  void run();

private:
  std::optional<std::string> readInput();
  void take(const std::string &text);
  void command(std::string_view line);
  void enter(const std::string &text);
  void changeProgram(const std::vector<Piece> &entered);
  void answer(const Piece &query);

  // Commands.cpp
  void help();
  void type(const std::string &name, bool withShape);
  void explain(const std::string &name, bool asPlan);
  void why(const std::string &fact);
  void plot(const std::string &query);
  void load(const std::string &path);
  void save(const std::string &path);
  void set(const std::string &option, const std::string &value);
  void memory();

  /// A compilation of `program` and `query`, as far as `last`; what is reported is shown. Null when it
  /// failed. Instead of being answered the query may be explained.
  struct Run;
  std::unique_ptr<Run> compile(const Pieces &program, const std::string &query, driver::Stage last,
                               bool explains = false);
  /// What `query` gives, with its compilation, which the answers refer to; null when something was reported.
  std::unique_ptr<Run> answersOf(const std::string &query, std::vector<driver::Answer> &answers);
  void show(const driver::Compilation &compilation);
  void say(const std::string &text);
  void remember();
  void startClock();
  bool isInterrupted() const { return settings.cancel->flag().load() != 0; }

  Settings settings;
  runtime::MemoryBudget budget; ///< before everything that is charged to it
  driver::ResultCache cache;
  Pieces pieces;
  std::vector<Pieces> past; ///< for `:undo`, the latest last
  Input input;
  bool showsTime = false;
  bool isOver = false;
  std::size_t maxRows = 40;
};

} // namespace tl::repl
