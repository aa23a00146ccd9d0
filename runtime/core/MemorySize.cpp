// Amounts of memory.
#include "runtime/core/MemorySize.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>

#include <unistd.h>

namespace tl::runtime {

std::optional<std::size_t> parseBytes(const std::string &text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc())
    return std::nullopt;
  std::string unit = text.substr(static_cast<std::size_t>(end - text.data()));
  static constexpr std::string_view kUnits = "KMGT";
  if (!unit.empty()) {
    std::size_t power = kUnits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0]))));
    bool isUnit = power != std::string_view::npos &&
                  (unit.size() == 1 || unit.substr(1) == "B" || unit.substr(1) == "iB");
    if (!isUnit)
      return std::nullopt;
    number *= std::pow(1024.0, static_cast<double>(power + 1));
  }
  if (!(number >= 1) || number > 1e18)
    return std::nullopt;
  return static_cast<std::size_t>(number);
}

std::size_t defaultMemoryBytes() {
  const auto pages = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES));
  const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  return pages / 10 * 8 * bytes;
}

} // namespace tl::runtime
