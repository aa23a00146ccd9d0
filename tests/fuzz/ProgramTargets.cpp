// Programs: the parser, whose two ways of reading and whose printer must agree, and the checks up to the
// data.
#include "tests/fuzz/Target.h"

#include "frontend/ast/Printer.h"
#include "frontend/driver/Compiler.h"
#include "frontend/format/Format.h"
#include "frontend/parse/ParseOptions.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace tl::fuzz {
namespace {

/// Longer programs would only slow the rest down.
constexpr std::size_t kLongestSeed = 4000;

std::string contentOf(const std::filesystem::path &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The programs of the tests, also the wrong ones, of the library and the examples.
std::vector<std::string> programs() {
  std::vector<std::string> texts;
  for (const char *folder : {"/programs", "/diagnostics", "/passes", "/../examples", "/../stdlib"})
    for (const auto &entry :
         std::filesystem::recursive_directory_iterator(TL_TESTS_FOLDER + std::string(folder)))
      if (entry.path().extension() == ".tl")
        if (std::string text = contentOf(entry.path()); text.size() <= kLongestSeed)
          texts.push_back(std::move(text));
  std::ranges::sort(texts);
  return texts;
}

const std::vector<std::string_view> kWords = {"+",
                                              "-",
                                              "*",
                                              "/",
                                              "%",
                                              "^",
                                              "=",
                                              "<",
                                              "<=",
                                              "!=",
                                              ",",
                                              ".",
                                              ";",
                                              "?",
                                              "(",
                                              ")",
                                              "[",
                                              "]",
                                              "{",
                                              "}",
                                              "<-",
                                              ":-",
                                              "->",
                                              "max=",
                                              "min=",
                                              "avg=",
                                              "*=",
                                              "+=",
                                              "not ",
                                              "i",
                                              "j",
                                              "x",
                                              "t",
                                              "*t",
                                              "i+1",
                                              "i-1",
                                              "2*i",
                                              "i/2",
                                              "i%2",
                                              "0",
                                              "1",
                                              "-1",
                                              "2.5",
                                              "1e300",
                                              "A",
                                              "X",
                                              "sum[i](",
                                              "max[j]",
                                              "argmax[j]",
                                              "relu(",
                                              "softmax(",
                                              "_",
                                              "\n",
                                              " ",
                                              "//",
                                              "/*",
                                              "*/",
                                              "\"",
                                              "::",
                                              "..",
                                              "...",
                                              "domain ",
                                              "tensor ",
                                              "const ",
                                              "def ",
                                              "import ",
                                              "learn ",
                                              "embed ",
                                              "param ",
                                              "concat(",
                                              "size(i)",
                                              "X[i,j]",
                                              "R(x,y)",
                                              "'",
                                              "\xc3",
                                              "\xe2\x86\x90",
                                              "(i <= j)",
                                              ", i < j",
                                              "4:8",
                                              "i.",
                                              "~ normal(0, 1)",
                                              ": f64",
                                              ": bool",
                                              "0.5 :: ",
                                              "?\n",
                                              "extern ",
                                              "by ",
                                              "true",
                                              "P(K*K)",
                                              "topk(",
                                              "svd(",
                                              "dL/dX?",
                                              "[[1],[2]]",
                                              "[]",
                                              "\r\n",
                                              "\t",
                                              "1:",
                                              "-> O",
                                              "= \"x.npy\""};

std::string sortedLines(const std::string &text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  std::ranges::sort(lines);
  std::string out;
  for (const std::string &line : lines)
    out += line + "\n";
  return out;
}

struct Read {
  bool isRight = false;
  std::string text; ///< the program in canonical form, or the messages
};

Read read(std::string_view input, bool hasFastPath) {
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  const std::uint32_t file = sources.add("input.tl", std::string(input));
  std::optional<ast::Program> program =
      parse::parse(sources, file, diagnostics, {.hasFastPath = hasFastPath});
  if (!program)
    return {false, source::renderAll(sources, diagnostics, false)};
  return {true, ast::print(*program)};
}

/// Facts may move, so lines are compared in sorted order.
std::optional<std::string> waysDiffer(std::string_view input, const Read &fast) {
  const Read slow = read(input, false);
  if (fast.isRight != slow.isRight || (fast.isRight && sortedLines(fast.text) != sortedLines(slow.text)))
    return "read by hand:\n" + fast.text + "\nby the grammar:\n" + slow.text;
  return std::nullopt;
}

std::optional<std::string> formatted(std::string_view input) {
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  const std::uint32_t file = sources.add("input.tl", std::string(input));
  return format::format(sources, file, diagnostics);
}

/// What parses prints as something that parses to the same, and its layout is one that stays.
std::optional<std::string> printsWrong(std::string_view input, const Read &parsed) {
  const Read again = read(parsed.text, true);
  if (!again.isRight || again.text != parsed.text)
    return "printed:\n" + parsed.text + "\nprinted again:\n" + again.text;
  const std::optional<std::string> once = formatted(input);
  const std::optional<std::string> twice = once ? formatted(*once) : std::nullopt;
  if (!twice || *twice != *once)
    return "laid out:\n" + once.value_or("(nothing)") + "\nlaid out again:\n" + twice.value_or("(nothing)");
  if (read(*once, true).text != parsed.text)
    return "laid out:\n" + *once + "\nis another program";
  return std::nullopt;
}

std::optional<std::string> runParse(std::string_view input) {
  const Read fast = read(input, true);
  if (std::optional<std::string> wrong = waysDiffer(input, fast))
    return wrong;
  return fast.isRight ? printsWrong(input, fast) : std::nullopt;
}

/// Everything that `tl check` does, repairs included. A wrong program has a message, and nothing ends with a
/// bug.
std::optional<std::string> runCheck(std::string_view input) {
  driver::Options options;
  options.path = "-";
  options.text = std::string(input);
  options.folder = TL_TESTS_FOLDER "/programs";
  options.libraryFolder = TL_TESTS_FOLDER "/../stdlib";
  options.maxMemoryBytes = std::size_t{256} << 20;
  runtime::CancelToken cancel;
  driver::Compilation compilation(options, cancel);
  const bool isRight = compilation.advance(driver::Stage::Loaded);
  const std::string messages = source::renderAll(compilation.sources(), compilation.diagnostics(), false);
  if (isRight)
    return std::nullopt;
  if (messages.empty())
    return "refused without a message";
  if (compilation.exitCode() < 1 || compilation.exitCode() > 4)
    return "exit code " + std::to_string(compilation.exitCode()) + ": " + messages;
  return std::nullopt;
}

} // namespace

std::vector<Target> programTargets() {
  return {{"parse", programs, kWords, nullptr, runParse}, {"check", programs, kWords, nullptr, runCheck}};
}

} // namespace tl::fuzz
