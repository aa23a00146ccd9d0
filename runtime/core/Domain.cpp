// Interning of symbols.
#include "runtime/core/Domain.h"

#include <algorithm>
#include <numeric>

namespace tl::runtime {

Cell Domain::intern(std::string_view text) {
  if (auto found = ids.find(text); found != ids.end())
    return found->second;
  Cell id = static_cast<Cell>(texts.size());
  texts.emplace_back(text);
  ids.emplace(texts.back(), id);
  return id;
}

std::optional<Cell> Domain::find(std::string_view text) const {
  auto found = ids.find(text);
  return found == ids.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Cell> Domain::sortedByText() const {
  std::vector<Cell> order(texts.size());
  std::iota(order.begin(), order.end(), Cell{0});
  std::sort(order.begin(), order.end(), [&](Cell lhs, Cell rhs) { return text(lhs) < text(rhs); });
  return order;
}

void Domain::reserve(std::size_t symbols) {
  ids.reserve(symbols);
}

} // namespace tl::runtime
