// tl fmt: programs in the one style.
#include "frontend/cli/Session.h"
#include "frontend/format/Format.h"
#include "runtime/io/Files.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {
namespace {

constexpr int kProgramError = 1;
constexpr int kCheckFailed = 5;

struct FmtOptions {
  std::vector<std::string> paths;
  bool check = false;
};

/// The text of a program, or an error that names it.
runtime::Result<std::string> readProgram(const std::string &path) {
  if (path == "-")
    return readStandardInput();
  runtime::Result<runtime::MappedFile> file = runtime::MappedFile::open(path);
  if (!file)
    return file.error();
  return std::string(file->text());
}

/// Formats one program; 0 when nothing is wrong with it.
int formatOne(const std::string &path, const FmtOptions &options, Context &context) {
  runtime::Result<std::string> text = readProgram(path);
  if (!text)
    return fail(text.error(), context);
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::uint32_t file = sources.add(path == "-" ? "standard input" : path, *text);
  std::optional<std::string> formatted = format::format(sources, file, diagnostics);
  printDiagnostics(sources, diagnostics, context);
  if (!formatted)
    return kProgramError;
  bool isSame = *formatted == *text;
  if (options.check) {
    if (!isSame)
      writeOut(sources.file(file).name() + "\n");
    return isSame ? 0 : kCheckFailed;
  }
  if (path == "-")
    return writeOut(*formatted) ? 0 : runtime::exitCode(runtime::ErrorKind::Data);
  if (isSame)
    return 0;
  std::span<const std::byte> bytes = runtime::bytesOf(*formatted);
  runtime::Result<void> written = runtime::writeFileAtomically(path, std::span(&bytes, 1));
  return written ? 0 : fail(written.error(), context);
}

} // namespace

std::function<int()> addFmt(CLI::App &app, Context &context) {
  auto options = std::make_shared<FmtOptions>();
  app.add_option("files", options->paths, "programs to rewrite; - from standard input to standard output")
      ->required();
  app.add_flag("--check", options->check,
               "change nothing; name the files that are not in this style and exit with 5");
  addOutputOptions(app, context);
  app.footer("Examples:\n  tl fmt examples/*.tl\n  tl fmt --check net.tl\n  tl fmt - < net.tl");
  return [options, &context] {
    int worst = 0;
    for (const std::string &path : options->paths)
      worst = std::max(worst, formatOne(path, *options, context));
    return worst;
  };
}

} // namespace tl::cli
