// tl-fuzz: runs the targets on mutated inputs, many to a process, and makes what fails small.
//
// usage: tl-fuzz TARGET --runs N [--seed S] [--first K] [--keep FOLDER]
//        tl-fuzz TARGET --seconds T [--seed S] [--keep FOLDER]
//        tl-fuzz TARGET FILE...          replays inputs
#include "tests/fuzz/Mutator.h"
#include "tests/runtime/io/TemporaryFolder.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tl::fuzz {
namespace {

constexpr std::uint64_t kBatch = 500;
constexpr std::uint64_t kMostReports = 5;
constexpr std::size_t kShared = 1 << 20;
constexpr int kSecondsEach = 1; ///< of the processor's time for one input
constexpr int kWrong = 3;       ///< exit code of a child that found a broken property

/// What a child tells its parent, also when it dies.
struct Shared {
  std::uint64_t number;
  char message[kShared - sizeof(std::uint64_t)];
};

Shared *share() {
  void *memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("mmap");
    std::exit(2);
  }
  return static_cast<Shared *>(memory);
}

void startClock() {
  const itimerval time = {{0, 0}, {kSecondsEach, 0}};
  setitimer(ITIMER_VIRTUAL, &time, nullptr);
}

/// Runs one input; tells of a broken property.
bool holds(const Target &target, std::string_view input, Shared &shared) {
  startClock();
  const std::optional<std::string> wrong = target.run(input);
  if (!wrong)
    return true;
  std::snprintf(shared.message, sizeof(shared.message), "%s", wrong->c_str());
  return false;
}

std::string verdict(int status, const Shared &shared) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return "";
  if (WIFEXITED(status) && WEXITSTATUS(status) == kWrong)
    return shared.message;
  if (WIFSIGNALED(status))
    return WTERMSIG(status) == SIGVTALRM ? "took more than a second"
                                         : "signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

/// Runs `work` in a process of its own, silently; what went wrong, or nothing.
template <typename Work> std::string inChild(Shared &shared, const Work &work) {
  shared.message[0] = '\0';
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (!std::freopen("/dev/null", "w", stderr))
      std::_Exit(2);
    // `exit` so that folders vanish and a leak checker looks.
    std::exit(work() ? 0 : kWrong);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return verdict(status, shared);
}

std::string judge(const Target &target, const std::string &input, Shared &shared) {
  return inChild(shared, [&] { return holds(target, input, shared); });
}

/// Leaves out ever smaller parts as long as it still fails.
std::string smaller(const Target &target, std::string input, Shared &shared) {
  int attempts = 400;
  for (std::size_t part = input.size() / 2; part > 0; part /= 2)
    for (std::size_t begin = 0; begin < input.size() && attempts > 0;) {
      std::string less = input;
      less.erase(begin, part);
      --attempts;
      if (judge(target, less, shared).empty())
        begin += part;
      else
        input = std::move(less);
    }
  return input;
}

std::string printable(std::string_view input) {
  std::string text;
  for (char letter : input) {
    char code[8];
    std::snprintf(code, sizeof(code), "\\x%02x", static_cast<unsigned char>(letter));
    text += letter == '\n' || (letter >= ' ' && letter < 127) ? std::string(1, letter) : std::string(code);
  }
  return text;
}

struct Options {
  std::uint64_t runs = 1000, seed = 1, first = 0;
  double seconds = 0; ///< until then instead of `runs`
  std::string keep;
  std::vector<std::string> files;
};

void report(const Target &target, const Options &options, std::uint64_t number, const std::string &input,
            Shared &shared) {
  const std::string small = smaller(target, input, shared);
  const std::string wrong = judge(target, small, shared);
  std::printf("FAIL %s --seed %llu --first %llu: %.2000s\n", std::string(target.name).c_str(),
              static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(number),
              wrong.c_str());
  std::printf("--- input of %zu bytes\n%s\n---\n", small.size(), printable(small).c_str());
  if (!options.keep.empty())
    std::ofstream(options.keep + "/" + std::string(target.name) + "-" + std::to_string(options.seed) + "-" +
                      std::to_string(number),
                  std::ios::binary)
        << small;
}

struct Count {
  std::uint64_t all = 0, failed = 0;
};

/// The inputs from `first` on, in one process each batch; goes on behind one that fails.
Count fuzz(const Target &target, const Options &options, Shared &shared) {
  using Clock = std::chrono::steady_clock;
  const Mutator mutator(target);
  const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  const std::uint64_t last = options.seconds > 0 ? UINT64_MAX : options.first + options.runs;
  Count count;
  for (std::uint64_t next = options.first; next < last && count.failed < kMostReports;) {
    if (options.seconds > 0 && Clock::now() > end)
      break;
    const std::uint64_t begin = next, batch = std::min(last - next, kBatch);
    shared.number = begin;
    const std::string wrong = inChild(shared, [&] {
      for (std::uint64_t number = begin; number < begin + batch; ++number) {
        if (options.seconds > 0 && Clock::now() > end)
          break;
        shared.number = number;
        if (!holds(target, mutator.input(options.seed, number), shared))
          return false;
      }
      return true;
    });
    next = shared.number + 1;
    count.all += next - begin;
    if (wrong.empty())
      continue;
    ++count.failed;
    report(target, options, shared.number, mutator.input(options.seed, shared.number), shared);
  }
  return count;
}

Count replay(const Target &target, const Options &options, Shared &shared) {
  Count count;
  for (const std::string &path : options.files) {
    std::ifstream stream(path, std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(stream), {}};
    const std::string wrong = judge(target, input, shared);
    ++count.all;
    count.failed += !wrong.empty();
    std::printf("%s: %s\n", path.c_str(), wrong.empty() ? "holds" : wrong.c_str());
  }
  return count;
}

Options parsed(int count, char **arguments) {
  Options options;
  for (int position = 2; position < count; ++position) {
    const std::string word = arguments[position];
    const char *value = word.starts_with("--") && position + 1 < count ? arguments[++position] : "";
    if (word == "--runs")
      options.runs = std::strtoull(value, nullptr, 10);
    else if (word == "--seed")
      options.seed = std::strtoull(value, nullptr, 10);
    else if (word == "--seconds")
      options.seconds = std::strtod(value, nullptr);
    else if (word == "--first")
      options.first = std::strtoull(value, nullptr, 10);
    else if (word == "--keep")
      options.keep = value;
    else
      options.files.push_back(word);
  }
  return options;
}

int main(int count, char **arguments) {
  const Target *target = count > 1 ? findTarget(arguments[1]) : nullptr;
  if (!target) {
    std::fprintf(
        stderr,
        "usage: tl-fuzz TARGET (--runs N | --seconds T) [--seed S] [--first K] [--keep FOLDER] | TARGET FILE...\ntargets:");
    for (const Target &known : targets())
      std::fprintf(stderr, " %s", std::string(known.name).c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  const Options options = parsed(count, arguments);
  // Files of children that die vanish with this folder; in memory where there is such a place.
  if (access("/dev/shm", W_OK) == 0)
    setenv("TMPDIR", "/dev/shm", 0);
  const runtime::TemporaryFolder scratch;
  setenv("TMPDIR", scratch.path("").c_str(), 1);
  Shared &shared = *share();
  const Count counted =
      options.files.empty() ? fuzz(*target, options, shared) : replay(*target, options, shared);
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(counted.all - counted.failed),
              static_cast<unsigned long long>(counted.failed));
  return counted.failed != 0;
}

} // namespace
} // namespace tl::fuzz

int main(int count, char **arguments) {
  return tl::fuzz::main(count, arguments);
}
