// The symbols of one domain and their ids.
#pragma once

#include "runtime/core/Relation.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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
  Cell intern(std::string_view text);
  /// Constant time, or linear as long as only borrowed symbols are in it.
  std::optional<Cell> find(std::string_view text) const;
  /// Adds a symbol that it does not have, whose text outlives the domain; costs nothing until something is
  /// interned.
  void addBorrowed(std::string_view text) { texts.push_back(text); }
  std::string_view text(Cell id) const { return texts[static_cast<std::size_t>(id)]; }
  /// Ids in the order of their texts' bytes.
  std::vector<Cell> sortedByText() const;
  void reserve(std::size_t symbols);

private:
  std::string name_;
  std::vector<std::string_view> texts;            // by id
  std::deque<std::string> owned;                  // a deque: views into it survive growth
  std::unordered_map<std::string_view, Cell> ids; // of all, or of none when all are borrowed
};

} // namespace tl::runtime
