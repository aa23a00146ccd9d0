// tl lsp: the language server of editors.
#include "frontend/cli/Commands.h"
#include "frontend/lsp/Server.h"

#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace tl::cli {

std::function<int()> addLsp(CLI::App &app, Context &context) {
  addSharedOptions(app, context);
  // Editors pass it to every server; there is no other way to talk to this one.
  app.add_flag_callback("--stdio", [] {}, "talk over standard input and output, as always");
  app.footer("frontend/lsp/README.md says how to set up VS Code, Neovim and Emacs.");
  return [&context] { return lsp::serve(stdin, llvm::outs(), context.options); };
}

} // namespace tl::cli
