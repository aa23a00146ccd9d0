// The symbols of one domain and their ids.
#pragma once

#include "runtime/core/Relation.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::runtime {

/// Symbols numbered 0, 1, 2, ... in the order of their first use or, for a declared domain, of the
/// declaration. References to symbol texts stay valid while the domain lives.
class Domain {
public:
  explicit Domain(std::string name = {}) : name_(std::move(name)) {}

  const std::string &name() const { return name_; }
  std::int64_t size() const { return static_cast<std::int64_t>(texts.size()); }
  /// The id of `text`, given now if it has none.
  Cell intern(std::string_view text) { return intern(text, hashOf(text)); }
  /// Constant time, or linear as long as only borrowed symbols are in it.
  std::optional<Cell> find(std::string_view text) const;
  /// Adds a symbol that it does not have, whose text outlives the domain; costs nothing until something is
  /// interned.
  void addBorrowed(std::string_view text) { texts.push_back(text); }
  std::string_view text(Cell id) const { return texts[static_cast<std::size_t>(id)]; }
  /// Ids in the order of their texts' bytes.
  std::vector<Cell> sortedByText() const;

  /// For many symbols at a time: a caller asks for the slots of all, then for the texts that lie there, then
  /// for the ids, and no step waits for memory that the step before has not asked for.
  static std::uint32_t hashOf(std::string_view text);
  void prefetchSlot(std::uint32_t hash) const;
  void prefetchText(std::uint32_t hash) const;
  Cell intern(std::string_view text, std::uint32_t hash);

private:
  /// Points to the text itself: a look at `texts` would be one more access to memory for every symbol read.
  struct Slot {
    const char *data = nullptr; // null when free; the length lies before the first byte
    std::uint32_t hash = 0;
    Cell id = 0;

    std::string_view text() const;
  };
  std::size_t placeOf(std::string_view text, std::uint32_t hash) const;
  std::string_view keep(std::string_view text);
  void grow();

  std::string name_;
  std::vector<std::string_view> texts; // by id
  std::vector<Slot> slots;             // open addressing over the first `indexed` ids, at most half full
  std::size_t indexed = 0;             // all, or none when all are borrowed
  std::vector<std::unique_ptr<char[]>>
      chunks;           // of lengths and texts, but for borrowed ones that are not indexed
  std::size_t left = 0; // bytes free at the end of the last chunk
  char *free = nullptr;
};

} // namespace tl::runtime
