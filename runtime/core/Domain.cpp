// Interning of symbols.
#include "runtime/core/Domain.h"

#include <algorithm>
#include <numeric>

namespace tl::runtime {

Cell Domain::intern(std::string_view text) {
  for (std::size_t id = ids.size(); id < texts.size(); ++id)
    ids.emplace(texts[id], static_cast<Cell>(id));
  if (auto found = ids.find(text); found != ids.end())
    return found->second;
  Cell id = static_cast<Cell>(texts.size());
  texts.push_back(owned.emplace_back(text));
  ids.emplace(texts.back(), id);
  return id;
}

std::optional<Cell> Domain::find(std::string_view text) const {
  if (ids.size() == texts.size()) {
    auto found = ids.find(text);
    return found == ids.end() ? std::nullopt : std::optional(found->second);
  }
  auto found = std::find(texts.begin(), texts.end(), text);
  return found == texts.end() ? std::nullopt : std::optional(static_cast<Cell>(found - texts.begin()));
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
