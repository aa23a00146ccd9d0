// Lists with commas.
#pragma once

#include <string>

namespace tl::ast {

/// `print(item)` of every item, with ", " between them.
template <class Items, class Print> std::string joined(const Items &items, Print print) {
  std::string out;
  bool isFirst = true;
  for (const auto &item : items) {
    out += (isFirst ? "" : ", ") + print(item);
    isFirst = false;
  }
  return out;
}

} // namespace tl::ast
