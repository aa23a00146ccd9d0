// Linear probing over 8-byte slots, at most half full.
#include "runtime/io/SymbolColumn.h"

#include <cstring>

namespace tl::runtime {
namespace {

constexpr std::size_t kFirstSlots = 64;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 32;
}

/// The first `bytes` bytes, at most 8, as a number.
std::uint64_t load(const char *text, std::size_t bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, text, bytes);
  return word;
}

} // namespace

/// Eight bytes at a time; the last word of a long text overlaps the one before.
std::uint32_t SymbolColumn::hashOf(std::string_view text) {
  std::uint64_t hash = text.size();
  const char *begin = text.data();
  std::size_t bytes = text.size();
  if (bytes >= 8) {
    for (std::size_t offset = 0; offset + 8 < bytes; offset += 8)
      hash = mix(hash, load(begin + offset, 8));
    hash = mix(hash, load(begin + bytes - 8, 8));
  } else if (bytes >= 4) {
    hash = mix(hash, load(begin, 4) << 32 | load(begin + bytes - 4, 4));
  } else if (bytes > 0) {
    auto byteAt = [&](std::size_t position) {
      return std::uint64_t{static_cast<unsigned char>(begin[position])};
    };
    hash = mix(hash, byteAt(0) << 16 | byteAt(bytes / 2) << 8 | byteAt(bytes - 1));
  }
  return static_cast<std::uint32_t>(mix(hash, 0) >> 16);
}

void SymbolColumn::prefetchTexts(std::span<const std::uint32_t> hashes) const {
  if (slots.empty())
    return;
  std::size_t mask = slots.size() - 1;
  for (std::uint32_t hash : hashes)
    if (const Slot &slot = slots[hash & mask]; slot.id != kNone)
      __builtin_prefetch(&places[slot.id]);
  for (std::uint32_t hash : hashes)
    if (const Slot &slot = slots[hash & mask]; slot.id != kNone)
      __builtin_prefetch(texts.data() + places[slot.id].offset);
}

std::uint32_t SymbolColumn::find(std::string_view text, std::uint32_t hash) {
  if (slots.size() < 2 * (places.size() + 1))
    grow();
  std::size_t mask = slots.size() - 1;
  lastHash = hash;
  for (lastSlot = hash & mask;; lastSlot = (lastSlot + 1) & mask) {
    const Slot &slot = slots[lastSlot];
    if (slot.id == kNone)
      return kNone;
    if (slot.hash == hash && textAt(slot.id) == text)
      return slot.id;
  }
}

std::uint32_t SymbolColumn::add(std::string_view text) {
  std::uint32_t id = static_cast<std::uint32_t>(places.size());
  slots[lastSlot] = {lastHash, id};
  places.push_back({texts.size(), text.size()});
  texts += text;
  return id;
}

std::vector<std::string> SymbolColumn::copyTexts() const {
  std::vector<std::string> result;
  result.reserve(places.size());
  for (const Place &place : places)
    result.emplace_back(texts, place.offset, place.bytes);
  return result;
}

void SymbolColumn::grow() {
  std::vector<Slot> old(slots.empty() ? kFirstSlots : slots.size() * 2);
  std::swap(old, slots);
  std::size_t mask = slots.size() - 1;
  for (const Slot &slot : old) {
    if (slot.id == kNone)
      continue;
    std::size_t position = slot.hash & mask;
    while (slots[position].id != kNone)
      position = (position + 1) & mask;
    slots[position] = slot;
  }
}

} // namespace tl::runtime
