// Names of derivatives.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace tl::ast {

/// `Loss` and `W` of `dLoss/dW`, as the parser calls a derivative that an expression reads; nothing for other
/// names.
inline std::optional<std::pair<std::string_view, std::string_view>> derivativeNames(std::string_view name) {
  const std::size_t slash = name.find("/d");
  if (slash == std::string_view::npos || name[0] != 'd')
    return std::nullopt;
  return std::pair(name.substr(1, slash - 1), name.substr(slash + 2));
}

} // namespace tl::ast
