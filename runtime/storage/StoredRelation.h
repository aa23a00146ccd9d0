// A relation of a run, and relations that outlive the run that computed them.
#pragma once

#include "runtime/storage/ColumnRelation.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace tl::runtime {

/// A relation of a run. Rows are only ever appended, so a range of them is a version.
struct StoredRelation {
  ColumnRelation rows;
  std::size_t deltaBegin = 0; ///< of the current round of the recursion that carries it
  bool isGrowing = false;     ///< a recursion is adding to it: indexes are kept up to date
  bool isKept = false;        ///< it outlives the run: who keeps it alone adds rows
};

/// `rows` to be kept, with the bounds of their columns (-1: none).
Result<std::shared_ptr<StoredRelation>> keepRows(MemoryBudget &budget,
                                                 const std::vector<std::int64_t> &bounds,
                                                 const std::string &name, const Relation &rows);

/// Adds `rows` to a kept relation, those that it lacks at its end. Costs as much as `rows`, but for the first
/// call. After a failure the relation is of no more use.
Result<void> addRows(StoredRelation &kept, const Relation &rows);

/// The rows from number `begin` on.
Result<Relation> rowsFrom(StoredRelation &kept, std::size_t begin);

/// The rows with these cells where there are some; found by an index that the relation keeps.
Result<Relation> rowsWith(StoredRelation &kept, const std::vector<std::optional<Cell>> &cells);

} // namespace tl::runtime
