// Lines from a person or from a pipe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::repl {

/// One way to go on at the cursor: what is still to be typed, and the whole word.
struct Completion {
  std::string rest, word;
};

/// The text up to the cursor to what may follow.
using Completer = std::function<std::vector<Completion>(std::string_view)>;

/// Reads lines: with editing, history and completion at a terminal, plainly otherwise.
class Input {
public:
  /// `historyPath` is where lines are kept between sessions; empty: nowhere.
  Input(bool isTerminal, const std::string &historyPath, Completer completer);
  ~Input();

  /// The next line without its end; nothing at the end of input, and when reading was interrupted.
  std::optional<std::string> readLine(const std::string &prompt);

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::repl
