// The window of a terminal.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tl::repl {

/// In characters; zeros where it is not known.
struct ScreenSize {
  std::size_t rows = 0, columns = 0;
};

ScreenSize screenSize();

/// Writes `text` a window at a time and asks between them; `isStopped` says that an interrupt came. All at
/// once where it fits, or the window is not known.
void writePaged(std::string_view text, ScreenSize size, const std::function<bool()> &isStopped);

/// What writes the line that was just entered once more, in colour; empty when it cannot be placed.
std::string recoloured(std::string_view prompt, std::string_view line, ScreenSize size);

} // namespace tl::repl
