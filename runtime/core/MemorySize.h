// Amounts of memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace tl::runtime {

/// `512M`, `2G`, `1000000` as bytes.
std::optional<std::size_t> parseBytes(const std::string &text);

/// 80 % of the machine's physical memory.
std::size_t defaultMemoryBytes();

} // namespace tl::runtime
