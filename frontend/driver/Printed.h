// Text with numbers in it, in the formats of C.
#pragma once

#include <string>

namespace tl::driver {

/// What `printf` would print.
[[gnu::format(printf, 1, 2)]] std::string printed(const char *format, ...);

} // namespace tl::driver
