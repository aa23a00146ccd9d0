// tl test: programs that carry their answers.
#include "frontend/cli/Session.h"
#include "frontend/driver/Expected.h"
#include "runtime/io/Files.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {
namespace {

constexpr int kCheckFailed = 5;

struct TestOptions {
  std::vector<std::string> paths;
  bool update = false;
  bool verbose = false;
};

struct Counts {
  int passed = 0;
  int failed = 0;
  int exitCode = 0;
};

/// One way to run a program: every program gives the same answers in each.
struct Configuration {
  std::string backend;
  int optimizationLevel;
  bool fuses = true;
  std::string name() const {
    std::string level = optimizationLevel < 0 ? "" : " -O" + std::to_string(optimizationLevel);
    return backend + level + (fuses ? "" : " --no-fusion");
  }
};

std::vector<Configuration> configurations(const Context &context, bool backendGiven) {
  if (backendGiven)
    return {{context.options.backend, context.options.optimizationLevel, context.options.fuses}};
  return {{"reference", -1}, {"cpu", 0, false}, {"cpu", -1}};
}

/// Rewrites the `//=` lines of a program from its answers.
std::string updated(const source::SourceFile &file, const std::vector<sema::Query> &queries,
                    const std::vector<driver::ExpectedAnswer> &expected, const std::vector<driver::Answer> &answers) {
  std::vector<std::string> below(1);
  std::vector<bool> isOld(1, false);
  std::uint32_t lines = file.lineColumn(static_cast<std::uint32_t>(file.text().size())).line;
  below.resize(lines + 1);
  isOld.resize(lines + 1, false);
  for (std::size_t query = 0; query < queries.size(); ++query) {
    for (std::uint32_t line : expected[query].lines)
      isOld[line] = true;
    std::uint32_t line = file.lineColumn(queries[query].range.end).line;
    bool isLast = query + 1 == queries.size() || file.lineColumn(queries[query + 1].range.begin).line != line;
    if (isLast)
      below[line] = "//= " + driver::writtenAnswer(answers[query]) + "\n";
  }
  std::string text;
  for (std::uint32_t line = 1; line <= lines; ++line) {
    bool isLastEmpty = line == lines && file.line(line).empty();
    if (!isOld[line] && !isLastEmpty)
      (text += file.line(line)) += "\n";
    text += below[line];
  }
  return text;
}

class Tester {
public:
  Tester(const TestOptions &options, Context &context) : options(options), context(context) {}

  void test(const std::string &path, const Configuration &configuration) {
    driver::Options run = context.options;
    setProgram(run, path);
    run.backend = configuration.backend;
    run.optimizationLevel = configuration.optimizationLevel;
    run.fuses = configuration.fuses;
    driver::Compilation compilation(run, *context.cancel);
    std::optional<std::vector<driver::Answer>> answers;
    if (compilation.advance(driver::Stage::Compiled))
      answers = compilation.run();
    if (!answers) {
      printDiagnostics(compilation, context);
      fail(path, configuration, "did not run");
      counts.exitCode = compilation.exitCode();
      return;
    }
    const source::SourceFile &file = compilation.sources().file(0);
    const std::vector<sema::Query> &queries = compilation.program().queries;
    std::vector<driver::ExpectedAnswer> expected = driver::expectedAnswers(file, queries);
    if (options.update)
      return update(path, updated(file, queries, expected, *answers));
    compare(path, configuration, file, queries, expected, *answers);
  }

  Counts counts;

private:
  void compare(const std::string &path, const Configuration &configuration, const source::SourceFile &file,
               const std::vector<sema::Query> &queries, const std::vector<driver::ExpectedAnswer> &expected,
               const std::vector<driver::Answer> &answers) {
    double tolerance = driver::toleranceOf(file).value_or(1e-6);
    int compared = 0;
    for (std::size_t query = 0; query < queries.size(); ++query) {
      if (expected[query].lines.empty())
        continue;
      ++compared;
      std::string wrong = driver::difference(answers[query], expected[query].text, tolerance);
      if (wrong.empty()) {
        ++counts.passed;
        continue;
      }
      std::uint32_t line = file.lineColumn(queries[query].range.begin).line;
      fail(path + ":" + std::to_string(line), configuration, queries[query].text + "?: " + wrong);
    }
    if (compared == 0)
      fail(path, configuration, "has no answers ('//=' lines below its queries)");
    else if (options.verbose)
      std::printf("ok   %s (%s)\n", path.c_str(), configuration.name().c_str());
  }

  void update(const std::string &path, const std::string &text) {
    std::span<const std::byte> bytes(reinterpret_cast<const std::byte *>(text.data()), text.size());
    runtime::Result<void> written = runtime::writeFileAtomically(path, std::span(&bytes, 1));
    if (written)
      ++counts.passed;
    else
      fail(path, {"cpu", -1}, written.error().message);
  }

  void fail(const std::string &place, const Configuration &configuration, const std::string &reason) {
    ++counts.failed;
    std::printf("FAIL %s (%s)\n     %s\n", place.c_str(), configuration.name().c_str(), reason.c_str());
  }

  const TestOptions &options;
  Context &context;
};

int test(const TestOptions &options, Context &context, bool backendGiven) {
  Tester tester(options, context);
  std::vector<Configuration> ways = configurations(context, backendGiven);
  if (options.update)
    ways = {{context.options.backend, context.options.optimizationLevel, context.options.fuses}};
  for (const std::string &path : options.paths)
    for (const Configuration &way : ways)
      tester.test(path, way);
  std::printf("%d passed, %d failed\n", tester.counts.passed, tester.counts.failed);
  if (tester.counts.failed == 0)
    return 0;
  return tester.counts.exitCode != 0 && options.paths.size() == 1 ? tester.counts.exitCode : kCheckFailed;
}

} // namespace

std::function<int()> addTest(CLI::App &app, Context &context) {
  auto options = std::make_shared<TestOptions>();
  app.add_option("files", options->paths, "programs with '//=' lines below their queries")->required();
  app.add_flag("--update", options->update, "rewrite the answers from what the program gives now");
  app.add_flag("--verbose", options->verbose, "name every program that passes");
  addSharedOptions(app, context);
  app.footer("Without --backend every program runs on each backend, with optimisation off and on.\n"
             "Examples:\n  tl test examples/*.tl\n  tl test --update mine.tl");
  return [options, &context, &app] { return test(*options, context, app.count("--backend") > 0); };
}

} // namespace tl::cli
