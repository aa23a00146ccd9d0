// The verbs of the command line.
#pragma once

#include "frontend/driver/Options.h"
#include "runtime/core/Cancel.h"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace CLI {
class App;
}

namespace tl::cli {

/// What every verb shares.
struct Context {
  driver::Options options;
  std::vector<std::string> defines; ///< `NAME=VALUE`, as typed
  std::string memory;               ///< `--max-memory`, as typed
  double timeoutSeconds = 0;
  std::string elementType = "f32";
  std::string colour = "auto";
  std::string libraryFolder;   ///< of the modules `std.*`, where nothing is asked for
  bool wantsColour = true;     ///< what the environment says where nothing is asked for
  bool canRewriteLines = true; ///< the terminal understands cursor movement
  std::string errorFormat = "text"; ///< text or json
  runtime::CancelToken *cancel = nullptr;
  std::function<void()> arm; ///< makes the next interrupt request `cancel`, also while input is read
  std::string runtimeFolder;   ///< of the archive that built programs are linked with; empty when there is none
  std::string compiler = "cc"; ///< what links them where nothing is asked for
  std::string home;          ///< the user's folder; empty when the environment has none
  /// Whether text for `descriptor` (1 or 2) is coloured.
  bool isColoured(int descriptor) const;
};

/// Adds a verb and its options to `app`; the function returned runs it and gives the exit code.
using AddCommand = std::function<int()> (*)(CLI::App &app, Context &context);

/// A row of Commands.cpp.
struct Command {
  const char *name;
  const char *summary;
  AddCommand add;
};

std::span<const Command> commands();

/// The options about messages, which every verb has.
void addOutputOptions(CLI::App &app, Context &context);

/// Those, and the options of the verbs that compile programs.
void addSharedOptions(CLI::App &app, Context &context);

/// Fills `context.options` from what was typed. A usage message, or empty.
std::string finishOptions(Context &context);

std::function<int()> addRun(CLI::App &app, Context &context);
std::function<int()> addCheck(CLI::App &app, Context &context);
std::function<int()> addTest(CLI::App &app, Context &context);
std::function<int()> addExplain(CLI::App &app, Context &context);
std::function<int()> addWhy(CLI::App &app, Context &context);
std::function<int()> addWhyNot(CLI::App &app, Context &context);
std::function<int()> addFmt(CLI::App &app, Context &context);
std::function<int()> addRepl(CLI::App &app, Context &context);
std::function<int()> addCache(CLI::App &app, Context &context);
std::function<int()> addLsp(CLI::App &app, Context &context);
std::function<int()> addErrors(CLI::App &app, Context &context);
std::function<int()> addDoc(CLI::App &app, Context &context);
std::function<int()> addBuild(CLI::App &app, Context &context);
std::function<int()> addDoctor(CLI::App &app, Context &context);
std::function<int()> addCompletions(CLI::App &app, Context &context);
std::function<int()> addManual(CLI::App &app, Context &context);

} // namespace tl::cli
