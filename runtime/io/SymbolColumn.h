// Numbering the distinct texts of a column while its file is read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tl::runtime {

/// Distinct texts in the order of first use. An open-addressing hash table of ids beside one string of all
/// texts, so that a lookup touches little memory and allocates nothing.
class SymbolColumn {
public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  static std::uint32_t hashOf(std::string_view text);

  /// Asks for the memory that `find` will read first.
  void prefetch(std::uint32_t hash) const {
    if (!slots.empty())
      __builtin_prefetch(&slots[hash & (slots.size() - 1)]);
  }
  /// The same for all of `hashes`, as far as `find` reads when no two texts collide.
  void prefetchTexts(std::span<const std::uint32_t> hashes) const;

  /// The id of `text`, whose hash is given, or `kNone` when it is new.
  std::uint32_t find(std::string_view text, std::uint32_t hash);
  /// Gives the text last looked up, which was new, the next id.
  std::uint32_t add(std::string_view text);
  std::size_t size() const { return places.size(); }
  std::vector<std::string> copyTexts() const;

private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id = kNone;
  };
  struct Place {
    std::size_t offset = 0;
    std::size_t bytes = 0;
  };

  std::string_view textAt(std::uint32_t id) const {
    return std::string_view(texts).substr(places[id].offset, places[id].bytes);
  }
  void grow();

  std::vector<Slot> slots;
  std::vector<Place> places; // of each id's text
  std::string texts;
  std::uint32_t lastHash = 0;
  std::size_t lastSlot = 0;
};

} // namespace tl::runtime
