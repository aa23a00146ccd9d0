// tl completions and tl manual: the command line, described for shells and readers.
#include "frontend/cli/CommandTree.h"
#include "frontend/cli/Session.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {

std::function<int()> addCompletions(CLI::App &app, Context &) {
  auto shell = std::make_shared<std::string>();
  app.add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember(shells()));
  app.footer("Examples:\n  tl completions bash > ~/.local/share/bash-completion/completions/tl\n"
             "  tl completions zsh > \"${fpath[1]}/_tl\"\n"
             "  tl completions fish > ~/.config/fish/completions/tl.fish");
  return
      [shell, &app] { return writeOut(completionScript(*shell, describeVerbs(*app.get_parent()))) ? 0 : 3; };
}

std::function<int()> addManual(CLI::App &app, Context &) {
  app.footer("Example:\n  tl manual | man -l -");
  return [&app] { return writeOut(manualPage(describeVerbs(*app.get_parent()), TL_VERSION)) ? 0 : 3; };
}

} // namespace tl::cli
