// Reporting and reading shared by the verbs.
#include "frontend/cli/Session.h"

#include "frontend/source/Json.h"

#include <cstdio>

namespace tl::cli {

void printDiagnostics(const source::SourceManager &sources, const source::DiagnosticEngine &diagnostics,
                      const Context &context) {
  std::string text = context.errorFormat == "json"
                         ? source::renderAllJson(sources, diagnostics)
                         : source::renderAll(sources, diagnostics, context.isColoured(fileno(stderr)));
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void printDiagnostics(const driver::Compilation &compilation, const Context &context) {
  printDiagnostics(compilation.sources(), compilation.diagnostics(), context);
}

int fail(const runtime::Error &error, const Context &context) {
  std::string text = "tl: error: " + error.message + "\n";
  if (context.errorFormat == "json") {
    text = "{\"id\": \"RunFailed\", \"severity\": \"error\", \"message\": ";
    source::appendJsonText(error.message, text);
    text += ", \"file\": null, \"range\": null, \"labels\": [], \"hint\": null, \"fix\": null}\n";
  }
  std::fwrite(text.data(), 1, text.size(), stderr);
  return runtime::exitCode(error.kind);
}

std::string readStandardInput() {
  std::string text;
  char block[65536];
  while (std::size_t count = std::fread(block, 1, sizeof block, stdin))
    text.append(block, count);
  return text;
}

void setProgram(driver::Options &options, const std::string &path) {
  options.path = path;
  options.text = path == "-" ? readStandardInput() : std::string();
}

bool writeOut(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

} // namespace tl::cli
