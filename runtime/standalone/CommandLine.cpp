// The command line of an executable that `tl build` made.
#include "runtime/standalone/CommandLine.h"

#include "runtime/core/MemorySize.h"

#include <array>
#include <charconv>
#include <filesystem>

namespace tl::runtime {
namespace {

Error usage(const std::string &message) {
  return {ErrorKind::Usage, message};
}

template <typename T> std::optional<T> numberOf(const std::string &text, T least, T most) {
  T number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= least && number <= most))
    return std::nullopt;
  return number;
}

Result<void> takeDefine(CommandLine &line, const std::string &define) {
  const std::size_t equals = define.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == define.size())
    return usage("-D: '" + define + "' is not NAME=FILE");
  line.files[define.substr(0, equals)] = define.substr(equals + 1);
  return {};
}

Result<void> takeFormat(CommandLine &line, const std::string &name) {
  std::optional<OutputFormat> format = outputFormatNamed(name);
  if (!format)
    return usage("--format: '" + name + "' is not text, json, tsv or npy");
  line.output.format = *format;
  return {};
}

Result<void> takeOutput(CommandLine &line, const std::string &folder) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code))
    return usage("--output: there is no folder '" + folder + "'");
  line.output.folder = folder;
  return {};
}

Result<void> takeThreads(CommandLine &line, const std::string &text) {
  std::optional<int> threads = numberOf(text, 1, 1024);
  if (!threads)
    return usage("--threads: '" + text + "' is not a number from 1 to 1024");
  line.threads = *threads;
  return {};
}

Result<void> takeMemory(CommandLine &line, const std::string &text) {
  std::optional<std::size_t> bytes = parseBytes(text);
  if (!bytes)
    return usage("--max-memory: '" + text + "' is not a size such as 512M or 2G");
  line.maxMemoryBytes = *bytes;
  return {};
}

Result<void> takeTimeout(CommandLine &line, const std::string &text) {
  std::optional<double> seconds = numberOf(text, 1e-9, 1e9);
  if (!seconds)
    return usage("--timeout: '" + text + "' is not a number of seconds");
  line.timeoutSeconds = *seconds;
  return {};
}

Result<void> takeColour(CommandLine &line, const std::string &text) {
  if (text != "auto" && text != "always" && text != "never")
    return usage("--color: '" + text + "' is not auto, always or never");
  line.colour = text;
  return {};
}

/// An option with a value.
struct ValueOption {
  std::string_view name, value, summary;
  Result<void> (*take)(CommandLine &line, const std::string &value);
};

constexpr std::array<ValueOption, 7> kOptions{{
    {"-D", "NAME=FILE", "data for an input; - is standard input", takeDefine},
    {"--format", "FORMAT",
     "text, json (one object a line), tsv, or npy (files 0.npy, 1.npy, ... in --output)", takeFormat},
    {"--output", "FOLDER", "folder for --format npy", takeOutput},
    {"--threads", "N", "at most so many threads (default: one per processor)", takeThreads},
    {"--max-memory", "SIZE", "memory cap, as 512M or 2G (default: 80 % of the machine's)", takeMemory},
    {"--timeout", "SECONDS", "seconds before giving up", takeTimeout},
    {"--color", "WHEN", "auto, always or never", takeColour},
}};

/// The option that `word` names, and the value when it is part of the word.
const ValueOption *optionOf(const std::string &word, std::optional<std::string> &value) {
  for (const ValueOption &option : kOptions) {
    if (word == option.name)
      return &option;
    const std::size_t length = option.name.size();
    const bool isLong = option.name.starts_with("--");
    if (word.starts_with(option.name) && (!isLong || word[length] == '=')) {
      value = word.substr(length + (isLong ? 1 : 0));
      return &option;
    }
  }
  return nullptr;
}

} // namespace

Result<CommandLine> parseCommandLine(std::span<const char *const> arguments) {
  CommandLine line;
  for (std::size_t position = 0; position < arguments.size(); ++position) {
    const std::string word = arguments[position];
    std::optional<std::string> value;
    if (word == "--help" || word == "-h") {
      line.wantsHelp = true;
    } else if (word == "--inputs") {
      line.wantsInputs = true;
    } else if (word == "--full") {
      line.output.text.maxRows = 0;
    } else if (const ValueOption *option = optionOf(word, value)) {
      if (!value && position + 1 == arguments.size())
        return usage(word + " needs a value: " + word + " " + std::string(option->value));
      TL_TRY(option->take(line, value ? *value : arguments[++position]));
    } else {
      return usage("there is no option '" + word + "'");
    }
  }
  return line;
}

std::string helpText(const std::string &program, const Package &package) {
  std::string text = "usage: " + program + " [OPTIONS]\nRuns the Tensor Logic program '" + package.name +
                     "' and prints its answers.\n\nOptions:\n";
  auto add = [&](std::string left, std::string_view summary) {
    left.resize(std::max<std::size_t>(left.size() + 2, 24), ' ');
    text += "  " + left + std::string(summary) + "\n";
  };
  for (const ValueOption &option : kOptions)
    add(std::string(option.name) + " " + std::string(option.value), option.summary);
  add("--full", "print long answers in full");
  add("--inputs", "list the inputs");
  add("-h, --help", "print this");
  if (!package.inputs.empty())
    text += "\nInputs:\n";
  for (const Input &input : package.inputs)
    add(describeInput(package, input), hasData(package, input) ? "has data of its own"
                                       : input.path.empty()           ? ""
                                                                      : "read from " + input.path);
  return text;
}

} // namespace tl::runtime
