// Workers that take fixed parts of one loop at a time.
#include "runtime/parallel/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <signal.h>
#include <vector>

namespace tl::runtime {

class ThreadPool::Impl {
public:
  explicit Impl(int threads) : threads(std::max(threads, 1)) {}
  ~Impl();

  void share(const Loop &loop, std::int64_t parts);

  const int threads;
  std::atomic<bool> isBusy{false};

private:
  struct Worker {
    Impl *pool;
    std::int64_t position; ///< takes parts position, position + participants, ...
    pthread_t thread;
  };

  void start();
  static void *enter(void *worker);
  void serve(std::int64_t position);
  void takeParts(std::int64_t position);

  std::vector<std::unique_ptr<Worker>> workers;
  bool isStarted = false;
  // Written by the caller under the mutex before a round begins, only read during it.
  Loop current;
  std::int64_t parts = 0;

  std::mutex mutex;
  std::condition_variable roundBegins, roundEnds;
  std::uint64_t round = 0;
  std::size_t working = 0;
  bool isStopping = false;
};

ThreadPool::Impl::~Impl() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    isStopping = true;
  }
  roundBegins.notify_all();
  for (const std::unique_ptr<Worker> &worker : workers)
    pthread_join(worker->thread, nullptr);
}

// pthread_create and not std::thread, which throws when the system has no thread to give: then fewer do the
// same parts. Signals are left to the thread that runs the program.
void ThreadPool::Impl::start() {
  isStarted = true;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int position = 1; position < threads; ++position) {
    auto worker = std::make_unique<Worker>(Worker{this, position, {}});
    if (pthread_create(&worker->thread, nullptr, enter, worker.get()) != 0)
      break;
    std::lock_guard<std::mutex> lock(mutex);
    workers.push_back(std::move(worker));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void *ThreadPool::Impl::enter(void *argument) {
  const Worker *worker = static_cast<const Worker *>(argument);
  worker->pool->serve(worker->position);
  return nullptr;
}

void ThreadPool::Impl::serve(std::int64_t position) {
  std::uint64_t served = 0;
  std::unique_lock<std::mutex> lock(mutex);
  while (true) {
    roundBegins.wait(lock, [&] { return isStopping || round != served; });
    if (isStopping)
      return;
    served = round;
    lock.unlock();
    takeParts(position);
    lock.lock();
    if (--working == 0)
      roundEnds.notify_one();
  }
}

void ThreadPool::Impl::takeParts(std::int64_t position) {
  std::int64_t count = current.end - current.begin, size = count / parts, larger = count % parts;
  std::int64_t participants = static_cast<std::int64_t>(workers.size()) + 1;
  for (std::int64_t part = position; part < parts; part += participants) {
    std::int64_t from = current.begin + part * size + std::min(part, larger);
    current.call(current.callable, from, from + size + (part < larger ? 1 : 0));
  }
}

void ThreadPool::Impl::share(const Loop &loop, std::int64_t partCount) {
  if (!isStarted)
    start();
  {
    std::lock_guard<std::mutex> lock(mutex);
    current = loop;
    parts = partCount;
    working = workers.size();
    ++round;
  }
  roundBegins.notify_all();
  takeParts(0);
  std::unique_lock<std::mutex> lock(mutex);
  roundEnds.wait(lock, [&] { return working == 0; });
}

ThreadPool::ThreadPool(int threads) : impl(std::make_unique<Impl>(threads)) {}
ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const {
  return impl->threads;
}

void ThreadPool::run(const Loop &loop) {
  if (loop.end <= loop.begin)
    return;
  std::int64_t grain = std::max<std::int64_t>(loop.grain, 1);
  std::int64_t parts = std::min<std::int64_t>(impl->threads, (loop.end - loop.begin) / grain);
  if (parts <= 1 || impl->isBusy.exchange(true, std::memory_order_acquire)) {
    loop.call(loop.callable, loop.begin, loop.end);
    return;
  }
  impl->share(loop, parts);
  impl->isBusy.store(false, std::memory_order_release);
}

} // namespace tl::runtime
