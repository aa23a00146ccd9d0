// The line on a terminal that says that long work goes on.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace tl::cli {

/// While it lives, and once a second has passed, standard error shows the time and `bytesInUse()` on one line,
/// which goes away with it. Does nothing where standard error is no terminal, or one that cannot rewrite lines. `bytesInUse` is called from a thread of its own.
class Progress {
public:
  Progress(bool canRewriteLines, std::function<std::size_t()> bytesInUse);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::cli
