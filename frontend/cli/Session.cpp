// Reporting and reading shared by the verbs.
#include "frontend/cli/Session.h"

#include <cstdio>

namespace tl::cli {

void printDiagnostics(const driver::Compilation &compilation, const Context &context) {
  std::string text =
      source::renderAll(compilation.sources(), compilation.diagnostics(), context.isColoured(fileno(stderr)));
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void setProgram(driver::Options &options, const std::string &path) {
  options.path = path;
  options.text.clear();
  if (path != "-")
    return;
  char block[65536];
  while (std::size_t count = std::fread(block, 1, sizeof block, stdin))
    options.text.append(block, count);
}

bool writeOut(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

} // namespace tl::cli
