// Text with numbers in it, in the formats of C.
#include "frontend/driver/Printed.h"

#include <cstdarg>
#include <cstdio>

namespace tl::driver {

std::string printed(const char *format, ...) {
  std::va_list list, again;
  va_start(list, format);
  va_copy(again, list);
  const int length = std::vsnprintf(nullptr, 0, format, list);
  va_end(list);
  std::string text(length < 0 ? 0 : static_cast<std::size_t>(length), '\0');
  if (!text.empty())
    std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  return text;
}

} // namespace tl::driver
