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
constexpr const char *kErase = "\r\x1b[2K";

} // namespace

class Progress::Impl {
public:
  explicit Impl(std::function<std::size_t()> bytesInUse)
      : bytesInUse(std::move(bytesInUse)), start(Clock::now()), thread([this] { watch(); }) {}

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
    auto next = start + kQuiet;
    while (!wake.wait_until(lock, next, [this] { return isOver; })) {
      isShown = true;
      double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      std::fprintf(stderr, "%srunning for %.0f s, %.1f MB in use", kErase, seconds,
                   static_cast<double>(bytesInUse()) / 1e6);
      std::fflush(stderr);
      next += kPeriod;
    }
  }

  std::function<std::size_t()> bytesInUse;
  Clock::time_point start;
  std::mutex mutex;
  std::condition_variable wake;
  bool isOver = false;
  bool isShown = false;
  std::thread thread; // last: it uses the others
};

Progress::Progress(bool canRewriteLines, std::function<std::size_t()> bytesInUse)
    : impl(canRewriteLines && isatty(fileno(stderr)) != 0 ? std::make_unique<Impl>(std::move(bytesInUse)) : nullptr) {}

Progress::~Progress() = default;

} // namespace tl::cli
