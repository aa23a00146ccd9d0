// Checking in the background.
#pragma once

#include "frontend/lsp/Analysis.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace tl::lsp {

/// One thread that checks documents, the latest version of each only: a newer version takes the place of one
/// that waits, and stops the one in progress.
class Checker {
public:
  /// Called in the checking thread.
  using Done = std::function<void(const Request &, std::shared_ptr<const Analysis>)>;

  Checker(driver::Options options, Done done);
  ~Checker();

  void submit(Request request);
  /// Drops what waits or runs for a document that was closed.
  void forget(const std::string &file);

private:
  void work();
  void stop(const std::string &file);

  const driver::Options options;
  const Done done;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Request> waiting; ///< by file
  std::string running;                    ///< the file in progress; empty: none
  std::shared_ptr<runtime::CancelToken> cancel;
  bool isOver = false;
  std::thread thread; ///< last: it uses all of the above
};

} // namespace tl::lsp
