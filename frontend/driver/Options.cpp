// Defaults that depend on the machine.
#include "frontend/driver/Options.h"

#include "backend/Executable.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <thread>

namespace tl::driver {

backend::CompileOptions compileOptions(const Options &options) {
  backend::CompileOptions compile;
  compile.optimizationLevel = options.optimizationLevel;
  compile.joins = options.joins;
  compile.fuses = options.fuses;
  compile.rowBytes = options.rowBytes;
  compile.cacheFolder = options.cacheFolder;
  return compile;
}

std::optional<double> numberOf(const std::string &value) {
  double number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  bool isWhole = error == std::errc() && end == value.data() + value.size();
  return isWhole ? std::optional(number) : std::nullopt;
}

int threadCount(const Options &options) {
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return options.threads > 0 ? options.threads : processors;
}

bool isNamedIn(std::string_view text, std::string_view name) {
  auto isPartOfName = [&](std::size_t place) {
    return place < text.size() && (std::isalnum(static_cast<unsigned char>(text[place])) || text[place] == '_');
  };
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1))
    if (!isPartOfName(at - 1) && !isPartOfName(at + name.size()))
      return true;
  return false;
}

} // namespace tl::driver
