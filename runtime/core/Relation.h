// A relation as its plain, sorted set of rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tl::runtime {

/// One cell of a row: a symbol's id in its domain, or an integer of 32 bits.
using Cell = std::int32_t;

/// Rows sorted as signed cells, without duplicates. The exchange form between loaders, backends and output;
/// the fast storages live in `runtime/storage`. Arity 0 holds at most the empty row.
class Relation {
public:
  explicit Relation(std::size_t arity = 0) : arity_(arity) {}
  /// Takes `rows` flat (row after row) in any order, with duplicates. O(n) when they are sorted already,
  /// else O(n log n).
  Relation(std::size_t arity, std::vector<Cell> rows);
  /// The nullary relation that holds or does not.
  static Relation nullary(bool holds);

  std::size_t arity() const { return arity_; }
  std::size_t size() const { return arity_ ? cells_.size() / arity_ : holds_; }
  std::span<const Cell> row(std::size_t position) const {
    return {cells_.data() + position * arity_, arity_};
  }
  const std::vector<Cell> &cells() const { return cells_; }
  /// Binary search, O(arity log n).
  bool contains(std::span<const Cell> row) const;

  friend bool operator==(const Relation &, const Relation &) = default;

private:
  std::size_t arity_;
  bool holds_ = false;
  std::vector<Cell> cells_;
};

} // namespace tl::runtime
