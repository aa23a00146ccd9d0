// The line on a terminal that says that long work goes on.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace tl::cli {

/// What the line says.
struct ProgressLine {
  std::string text;
  bool isLogged = false; ///< also worth a line of its own now and then where lines cannot be rewritten
};

/// While it lives, and once a second has passed, standard error shows `line()` on one line, which goes away with
/// it. Where standard error is no terminal that can do so, a line of its own every ten seconds, if it asks for that.
/// `line` is called from a thread of its own.
class Progress {
public:
  Progress(bool canRewriteLines, std::function<ProgressLine()> line);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::cli
