// tl repl: an interactive session.
#include "frontend/cli/Session.h"
#include "frontend/repl/Repl.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <unistd.h>

namespace tl::cli {

std::function<int()> addRepl(CLI::App &app, Context &context) {
  auto history = std::make_shared<std::string>(context.home.empty() ? "" : context.home + "/.tl_history");
  app.add_option("--history", *history, "file that keeps what was entered; empty: none")
      ->capture_default_str();
  addSharedOptions(app, context);
  app.footer(
      "At a terminal lines are edited, completed with Tab and kept; otherwise they are read as they come.\n"
      "Examples:\n  tl repl\n  printf 'X = [1, 2]\\nX?\\n' | tl repl");
  return [history, &context] {
    repl::Settings settings;
    settings.options = context.options;
    settings.cancel = context.cancel;
    settings.arm = context.arm;
    settings.isTerminal = isatty(fileno(stdin)) != 0 && isatty(fileno(stdout)) != 0;
    settings.colour = context.isColoured(fileno(stdout)) && context.isColoured(fileno(stderr));
    settings.historyPath = *history;
    settings.timeoutSeconds = context.timeoutSeconds;
    repl::Repl(std::move(settings)).run();
    return 0;
  };
}

} // namespace tl::cli
