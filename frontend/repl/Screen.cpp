// Pages, and lines written over.
#include "frontend/repl/Screen.h"

#include "frontend/repl/Colour.h"

#include <algorithm>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tl::repl {
namespace {

constexpr std::string_view kMore = "-- Enter: more, q: no more --";

/// The bytes of the next `lines` lines of the window; a long line takes several. Escapes count as nothing.
std::size_t pageLength(std::string_view text, std::size_t lines, std::size_t columns) {
  std::size_t at = 0, column = 0;
  bool isEscape = false;
  while (at < text.size() && lines > 0) {
    const char byte = text[at++];
    if (byte == '\n') {
      --lines, column = 0;
    } else if (byte == '\x1b') {
      isEscape = true;
    } else if (isEscape) {
      isEscape = byte != 'm';
    } else if ((byte & 0xC0) != 0x80 && ++column > columns && columns > 0) {
      --lines, column = 1;
    }
  }
  return at;
}

/// Whether the answer is to go on.
bool wantsMore(const std::function<bool()> &isStopped) {
  std::fwrite(kMore.data(), 1, kMore.size(), stdout);
  std::fflush(stdout);
  bool goesOn = true;
  int byte = 0;
  while ((byte = std::getc(stdin)) != EOF && byte != '\n')
    goesOn = goesOn && byte != 'q';
  std::clearerr(stdin); // an interrupt, or the end of input, ends the answer and not the session
  return goesOn && byte == '\n' && !isStopped();
}

} // namespace

ScreenSize screenSize() {
  winsize window = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0)
    return {};
  return {window.ws_row, window.ws_col};
}

void writePaged(std::string_view text, ScreenSize size, const std::function<bool()> &isStopped) {
  const std::size_t lines = size.rows > 2 ? size.rows - 2 : 0;
  while (!text.empty()) {
    std::size_t length = lines ? pageLength(text, lines, size.columns) : text.size();
    std::fwrite(text.data(), 1, length, stdout);
    text.remove_prefix(length);
    if (!text.empty() && !wantsMore(isStopped))
      return;
  }
}

std::string recoloured(std::string_view prompt, std::string_view line, ScreenSize size) {
  const bool isPlain =
      std::ranges::all_of(line, [](unsigned char byte) { return byte >= ' ' && byte < 0x7F; });
  if (size.columns == 0 || !isPlain || line.empty())
    return "";
  const std::size_t length = prompt.size() + line.size(), rows = length / size.columns + 1;
  // A line that just fills the window leaves the cursor where terminals disagree.
  if (length % size.columns == 0 || rows >= size.rows)
    return "";
  return "\x1b[" + std::to_string(rows) + "A\r" + std::string(prompt) + coloured(line) + "\n";
}

} // namespace tl::repl
