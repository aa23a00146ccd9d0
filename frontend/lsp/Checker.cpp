// The checking thread and its queue.
#include "frontend/lsp/Checker.h"

namespace tl::lsp {

Checker::Checker(driver::Options options, Done done)
    : options(std::move(options)), done(std::move(done)), thread([this] { work(); }) {}

Checker::~Checker() {
  {
    std::lock_guard lock(mutex);
    isOver = true;
    if (cancel)
      cancel->request();
  }
  changed.notify_all();
  thread.join();
}

/// Under the lock.
void Checker::stop(const std::string &file) {
  if (running == file && cancel)
    cancel->request();
}

void Checker::submit(Request request) {
  std::string file = request.uri.file().str();
  {
    std::lock_guard lock(mutex);
    stop(file);
    waiting.insert_or_assign(file, std::move(request));
  }
  changed.notify_all();
}

void Checker::forget(const std::string &file) {
  std::lock_guard lock(mutex);
  stop(file);
  waiting.erase(file);
}

void Checker::work() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return isOver || !waiting.empty(); });
    if (isOver)
      return;
    Request request = std::move(waiting.begin()->second);
    running = waiting.begin()->first;
    waiting.erase(waiting.begin());
    cancel = std::make_shared<runtime::CancelToken>();
    std::shared_ptr<runtime::CancelToken> own = cancel;
    lock.unlock();
    std::shared_ptr<const Analysis> analysis = analyze(request, options, own);
    lock.lock();
    running.clear();
    if (!analysis || isOver)
      continue;
    lock.unlock();
    done(request, std::move(analysis));
    lock.lock();
  }
}

} // namespace tl::lsp
