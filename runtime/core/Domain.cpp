// Interning of symbols.
#include "runtime/core/Domain.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace tl::runtime {
namespace {

using Length = std::size_t;

constexpr std::size_t kSmallestTable = 64;
constexpr std::size_t kChunkBytes = std::size_t{1} << 16;

/// The first eight bytes as a number in their order; a shorter text is below all that it begins, or equal.
std::uint64_t firstBytes(std::string_view text) {
  std::uint64_t bytes = 0;
  for (std::size_t place = 0; place < sizeof bytes; ++place)
    bytes = bytes << 8 | (place < text.size() ? static_cast<unsigned char>(text[place]) : 0);
  return bytes;
}

} // namespace

std::string_view Domain::Slot::text() const {
  Length length;
  std::memcpy(&length, data - sizeof length, sizeof length);
  return {data, length};
}

std::uint32_t Domain::hashOf(std::string_view text) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
}

void Domain::prefetchSlot(std::uint32_t hash) const {
  if (!slots.empty())
    __builtin_prefetch(&slots[hash & (slots.size() - 1)]);
}

void Domain::prefetchText(std::uint32_t hash) const {
  if (slots.empty())
    return;
  const std::size_t mask = slots.size() - 1;
  std::size_t place = hash & mask;
  while (slots[place].data && slots[place].hash != hash)
    place = (place + 1) & mask;
  __builtin_prefetch(slots[place].data);
}

Cell Domain::intern(std::string_view text, std::uint32_t hash) {
  if (2 * (texts.size() + 1) > slots.size() || indexed < texts.size())
    grow();
  Slot &slot = slots[placeOf(text, hash)];
  if (!slot.data) {
    texts.push_back(keep(text));
    slot = {texts.back().data(), hash, static_cast<Cell>(indexed++)};
  }
  return slot.id;
}

std::optional<Cell> Domain::find(std::string_view text) const {
  if (indexed == texts.size()) {
    const Slot *slot = slots.empty() ? nullptr : &slots[placeOf(text, hashOf(text))];
    return slot && slot->data ? std::optional(slot->id) : std::nullopt;
  }
  auto found = std::find(texts.begin(), texts.end(), text);
  return found == texts.end() ? std::nullopt : std::optional(static_cast<Cell>(found - texts.begin()));
}

/// The slot of `text`, or the free one where it belongs.
std::size_t Domain::placeOf(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots.size() - 1;
  for (std::size_t place = hash & mask;; place = (place + 1) & mask) {
    const Slot &slot = slots[place];
    if (!slot.data || (slot.hash == hash && slot.text() == text))
      return place;
  }
}

/// Makes a table with room for one more symbol, of all there are.
void Domain::grow() {
  std::size_t size = kSmallestTable;
  while (size <= 2 * texts.size())
    size *= 2;
  std::vector<Slot> old(size);
  old.swap(slots);
  auto add = [&](const Slot &entry) {
    std::size_t place = entry.hash & (size - 1);
    while (slots[place].data)
      place = (place + 1) & (size - 1);
    slots[place] = entry;
  };
  for (const Slot &slot : old)
    if (slot.data)
      add(slot);
  for (; indexed < texts.size(); ++indexed) {
    texts[indexed] = keep(texts[indexed]);
    add({texts[indexed].data(), hashOf(texts[indexed]), static_cast<Cell>(indexed)});
  }
}

/// A copy, behind its length, that lives as long as the domain.
std::string_view Domain::keep(std::string_view text) {
  const auto length = static_cast<Length>(text.size());
  const std::size_t bytes = sizeof length + text.size();
  if (bytes > left) {
    left = std::max(kChunkBytes, bytes);
    free = chunks.emplace_back(new char[left]).get();
  }
  char *copy = free + sizeof length;
  std::memcpy(free, &length, sizeof length);
  std::copy(text.begin(), text.end(), copy);
  free += bytes;
  left -= bytes;
  return {copy, text.size()};
}

std::vector<Cell> Domain::sortedByText() const {
  std::vector<std::pair<std::uint64_t, Cell>> keys(texts.size());
  for (std::size_t id = 0; id < texts.size(); ++id)
    keys[id] = {firstBytes(texts[id]), static_cast<Cell>(id)};
  std::sort(keys.begin(), keys.end(), [&](const auto &lhs, const auto &rhs) {
    return lhs.first != rhs.first ? lhs.first < rhs.first : text(lhs.second) < text(rhs.second);
  });
  std::vector<Cell> order;
  order.reserve(keys.size());
  for (const auto &[bytes, id] : keys)
    order.push_back(id);
  return order;
}

} // namespace tl::runtime
