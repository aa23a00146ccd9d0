// Defaults that depend on the machine.
#include "frontend/driver/Options.h"

#include <unistd.h>

namespace tl::driver {

std::size_t defaultMemoryBytes() {
  auto pages = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES));
  auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  return pages / 10 * 8 * bytes;
}

} // namespace tl::driver
