// Standard input as a file that readers can map.
#include "runtime/io/StandardInput.h"

#include "runtime/io/Files.h"

#include <cerrno>
#include <vector>

#include <stdlib.h>
#include <unistd.h>

namespace tl::runtime {
namespace {

bool writeAll(int file, const char *bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t done = write(file, bytes, count);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return false;
    bytes += done;
    count -= static_cast<std::size_t>(done);
  }
  return true;
}

/// What went wrong on the way from standard input to `file`; 0 when all is there.
int copyTo(int file) {
  std::vector<char> block(std::size_t{1} << 20);
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, block.data(), block.size());
    if (count == 0)
      return 0;
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 || !writeAll(file, block.data(), static_cast<std::size_t>(count)))
      return errno;
  }
}

} // namespace

Result<StandardInput> StandardInput::copy(const std::string &extension) {
  std::string path = "/tmp/tl-input-XXXXXX" + extension;
  const int file = mkstemps(path.data(), static_cast<int>(extension.size()));
  if (file < 0)
    return systemError(path, errno);
  StandardInput input(path);
  const int code = copyTo(file);
  close(file);
  if (code != 0)
    return systemError("standard input", code);
  return input;
}

StandardInput::~StandardInput() {
  if (!path_.empty())
    unlink(path_.c_str());
}

} // namespace tl::runtime
