// tl check: every message about a program, its data included.
#include "frontend/cli/Session.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {

std::function<int()> addCheck(CLI::App &app, Context &context) {
  auto path = std::make_shared<std::string>();
  app.add_option("file", *path, "the program; - for standard input")->required();
  addSharedOptions(app, context);
  app.footer("Example:\n  tl check net.tl");
  return [path, &context] {
    setProgram(context.options, *path);
    driver::Compilation compilation(context.options, *context.cancel);
    bool isRight = compilation.advance(driver::Stage::Loaded);
    printDiagnostics(compilation, context);
    return isRight ? 0 : compilation.exitCode();
  };
}

} // namespace tl::cli
