// The process: arguments, signals, exit codes.
#include "frontend/cli/Commands.h"
#include "frontend/source/Diagnostic.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace {

// The one place where a signal meets the program: the handler may touch nothing but this token.
tl::runtime::CancelToken cancelToken;

void onInterrupt(int) {
  // A second interrupt ends a process that does not come to a poll.
  std::signal(SIGINT, SIG_DFL);
  cancelToken.request();
}

/// For sessions that go on after an interrupt. Reading a line ends with it.
void armInterrupt() {
  cancelToken.reset();
  struct sigaction action = {};
  action.sa_handler = onInterrupt;
  sigaction(SIGINT, &action, nullptr);
}

constexpr int kUsageError = 2;
constexpr int kInternalError = 70;

/// `tl file.tl` is `tl run file.tl`.
std::vector<std::string> withVerb(int count, char **arguments) {
  std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.empty() || words[0].empty())
    return words;
  bool isFile = words[0] == "-" || (words[0].size() > 3 && words[0].ends_with(".tl"));
  if (isFile)
    words.insert(words.begin(), "run");
  return words;
}

/// The message for the first of `words` that is none of `names`, with the one that may have been meant.
std::optional<std::string> unknownWord(const std::string &word, const std::vector<std::string> &names, const char *kind,
                                       const std::string &before) {
  if (std::find(names.begin(), names.end(), word) != names.end())
    return std::nullopt;
  std::string message = std::string("there is no ") + kind + " '" + word + "'";
  if (auto near = tl::source::nearest(word, names))
    message += "\nhelp: did you mean '" + before + *near + "'?";
  return message;
}

/// Names what the command line has that `app` does not know; the parser of arguments says it less well.
std::optional<std::string> unknownArgument(const std::vector<std::string> &words, const CLI::App &app) {
  std::vector<std::string> verbs, options;
  const CLI::App *verb = &app;
  for (const CLI::App *candidate : app.get_subcommands([](const CLI::App *) { return true; })) {
    verbs.push_back(candidate->get_name());
    if (!words.empty() && words[0] == verbs.back())
      verb = candidate;
  }
  if (!words.empty() && !words[0].starts_with("-"))
    if (auto message = unknownWord(words[0], verbs, "command", "tl "))
      return message;
  for (const CLI::Option *option : verb->get_options())
    for (const std::string &name : option->get_lnames())
      options.push_back("--" + name);
  for (const std::string &word : words)
    if (word.starts_with("--") && word.size() > 2)
      if (auto message = unknownWord(word.substr(0, word.find('=')), options, "option", ""))
        return message;
  return std::nullopt;
}

int usageError(const std::string &message) {
  std::fprintf(stderr, "tl: %s\n", message.c_str());
  std::fprintf(stderr, "help: 'tl --help' lists the commands and 'tl COMMAND --help' their options\n");
  return kUsageError;
}

/// The modules `std.*`: where TL_STDLIB says, else installed or built beside this program.
std::string libraryFolder() {
  if (const char *chosen = std::getenv("TL_STDLIB"); chosen && *chosen)
    return chosen;
  std::error_code code;
  std::filesystem::path binaries = std::filesystem::read_symlink("/proc/self/exe", code).parent_path();
  for (const char *relative : {"../share/tl/stdlib", "../../stdlib"}) {
    std::filesystem::path folder = std::filesystem::canonical(binaries / relative, code);
    if (!code)
      return folder.string();
  }
  return "";
}

/// The folder of libtl_rt.a, installed or built beside this program; empty when there is none.
std::string runtimeFolder() {
  std::error_code code;
  std::filesystem::path binaries = std::filesystem::read_symlink("/proc/self/exe", code).parent_path();
  for (const char *relative : {"../lib/tl", ".."}) {
    const std::filesystem::path folder = binaries / relative;
    if (std::filesystem::is_regular_file(folder / "libtl_rt.a", code))
      return std::filesystem::canonical(folder, code).string();
  }
  return "";
}

/// Where machine code is kept from run to run: TL_CACHE (empty: nowhere), else the user's folder for such files.
std::string cacheFolder() {
  if (const char *chosen = std::getenv("TL_CACHE"))
    return chosen;
  if (const char *caches = std::getenv("XDG_CACHE_HOME"); caches && *caches == '/')
    return std::string(caches) + "/tl";
  if (const char *home = std::getenv("HOME"); home && *home == '/')
    return std::string(home) + "/.cache/tl";
  return "";
}

int runCommandLine(int count, char **arguments) {
  CLI::App app{"tl runs programs in Tensor Logic: rules, tensors and learning in one language.", "tl"};
  app.set_version_flag("--version", "tl " TL_VERSION);
  app.footer("Examples:\n"
             "  tl examples/quickstart.tl                  run a program and print its answers\n"
             "  tl run net.tl -D X=data.npy --format json  bind a file, print JSON\n"
             "  tl explain rules.tl                        show sums, strata and scans\n"
             "Exit codes: 0 success, 1 the program is wrong, 2 the command line is wrong, 3 a file is missing or\n"
             "malformed, 4 a limit was hit, 5 a check failed, 70 a bug in tl, 130 interrupted.");
  app.require_subcommand(1);
  tl::cli::Context context;
  context.cancel = &cancelToken;
  context.libraryFolder = libraryFolder();
  context.runtimeFolder = runtimeFolder();
  if (const char *compiler = std::getenv("CC"); compiler && *compiler)
    context.compiler = compiler;
  context.options.cacheFolder = cacheFolder();
  context.arm = armInterrupt;
  if (const char *home = std::getenv("HOME"))
    context.home = home;
  context.wantsColour = std::getenv("NO_COLOR") == nullptr;
  const char *terminal = std::getenv("TERM");
  context.canRewriteLines = terminal && std::string_view(terminal) != "dumb";
  std::vector<std::pair<CLI::App *, std::function<int()>>> verbs;
  for (const tl::cli::Command &command : tl::cli::commands()) {
    CLI::App *verb = app.add_subcommand(command.name, command.summary);
    verbs.emplace_back(verb, command.add(*verb, context));
  }
  std::vector<std::string> words = withVerb(count, arguments);
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    return usageError(unknownArgument(words, app).value_or(error.what()));
  }
  if (std::string message = tl::cli::finishOptions(context); !message.empty())
    return usageError(message);
  for (auto &[verb, run] : verbs)
    if (verb->parsed())
      return run();
  return kUsageError;
}

} // namespace

int main(int count, char **arguments) {
  std::signal(SIGINT, onInterrupt);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return runCommandLine(count, arguments);
  } catch (const std::bad_alloc &) {
    std::fprintf(stderr, "tl: error: out of memory\n");
    return tl::runtime::exitCode(tl::runtime::ErrorKind::Limit);
  } catch (const std::exception &exception) {
    std::fprintf(stderr, "tl: internal error: %s; this is a bug in tl\n", exception.what());
    return kInternalError;
  }
}
