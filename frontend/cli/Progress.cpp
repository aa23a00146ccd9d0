// A thread that rewrites one line of the terminal.
#include "frontend/cli/Progress.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace tl::cli {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kQuiet = 1s;
constexpr auto kPeriod = 200ms;
constexpr auto kLogPeriod = 10s;
constexpr const char *kErase = "\r\x1b[2K";

} // namespace

class Progress::Impl {
public:
  Impl(bool rewrites, std::function<ProgressLine()> line)
      : rewrites(rewrites), line(std::move(line)), start(Clock::now()), thread([this] { watch(); }) {}

  ~Impl() {
    {
      std::lock_guard lock(mutex);
      isOver = true;
    }
    wake.notify_one();
    thread.join();
    if (isShown)
      std::fputs(kErase, stderr);
  }

private:
  void watch() {
    std::unique_lock lock(mutex);
    auto next = start + (rewrites ? Clock::duration(kQuiet) : Clock::duration(kLogPeriod));
    while (!wake.wait_until(lock, next, [this] { return isOver; })) {
      show(line());
      next += rewrites ? Clock::duration(kPeriod) : Clock::duration(kLogPeriod);
    }
  }

  void show(const ProgressLine &now) {
    if (rewrites)
      std::fprintf(stderr, "%s%s", kErase, now.text.c_str());
    else if (now.isLogged)
      std::fprintf(stderr, "%s\n", now.text.c_str());
    std::fflush(stderr);
    isShown = rewrites;
  }

  const bool rewrites;
  std::function<ProgressLine()> line;
  Clock::time_point start;
  std::mutex mutex;
  std::condition_variable wake;
  bool isOver = false;
  bool isShown = false;
  std::thread thread; // last: it uses the others
};

Progress::Progress(bool canRewriteLines, std::function<ProgressLine()> line)
    : impl(std::make_unique<Impl>(canRewriteLines && isatty(fileno(stderr)) != 0, std::move(line))) {}

Progress::~Progress() = default;

} // namespace tl::cli
