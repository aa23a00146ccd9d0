// Relations that are kept between runs: growing at their end, asked by some of their cells.
#include "runtime/storage/StoredRelation.h"

namespace tl::runtime {
namespace {

/// Rows by number are asked for from now on: none may be let go.
bool keepsNumbers(StoredRelation &kept) {
  return kept.rows.arity() == 0 || kept.rows.column(0) != nullptr || kept.rows.size() == 0;
}

Error noMemory(const StoredRelation &kept) {
  return {ErrorKind::Limit, "relation '" + kept.rows.name() + "' with " + std::to_string(kept.rows.size()) +
                                " rows does not fit into memory"};
}

} // namespace

Result<std::shared_ptr<StoredRelation>> keepRows(MemoryBudget &budget,
                                                 const std::vector<std::int64_t> &bounds,
                                                 const std::string &name, const Relation &rows) {
  auto kept = std::make_shared<StoredRelation>(StoredRelation{ColumnRelation(budget, bounds, name)});
  TL_TRY(kept->rows.assign(rows));
  kept->rows.settle();
  kept->isKept = true;
  return kept;
}

Result<void> addRows(StoredRelation &kept, const Relation &rows) {
  if (!keepsNumbers(kept))
    return noMemory(kept);
  for (std::size_t row = 0; row < rows.size(); ++row)
    if (!kept.rows.insert(rows.row(row).data()))
      break;
  Result<std::size_t> added = kept.rows.commit();
  if (!added)
    return added.error();
  kept.rows.settle();
  kept.deltaBegin = kept.rows.size();
  return {};
}

Result<Relation> rowsFrom(StoredRelation &kept, std::size_t begin) {
  if (!keepsNumbers(kept))
    return noMemory(kept);
  const std::size_t arity = kept.rows.arity(), end = kept.rows.size();
  if (arity == 0)
    return Relation::nullary(begin < end);
  std::vector<Cell> cells((end - begin) * arity);
  for (std::size_t column = 0; column < arity && begin < end; ++column) {
    const Cell *from = kept.rows.column(column);
    for (std::size_t row = begin; row < end; ++row)
      cells[(row - begin) * arity + column] = from[row];
  }
  return Relation(arity, std::move(cells));
}

Result<Relation> rowsWith(StoredRelation &kept, const std::vector<std::optional<Cell>> &cells) {
  std::vector<std::uint32_t> keys;
  std::vector<Cell> known;
  for (std::uint32_t column = 0; column < cells.size(); ++column)
    if (cells[column]) {
      keys.push_back(column);
      known.push_back(*cells[column]);
    }
  if (keys.empty())
    return kept.rows.toRelation();
  if (keys.size() == cells.size())
    return Relation(cells.size(), kept.rows.contains(known.data()) ? known : std::vector<Cell>());
  Result<const RowIndex *> index = kept.rows.index(keys, true);
  if (!index)
    return index.error();
  const TlGroup *group = (*index)->find(known.data());
  const std::size_t count = group ? group->count : 0;
  std::vector<Cell> found(count * cells.size());
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t column = 0, open = 0; column < cells.size(); ++column)
      found[row * cells.size() + column] =
          cells[column] ? *cells[column] : group->cells[open++ * group->stride + row];
  return Relation(cells.size(), std::move(found));
}

} // namespace tl::runtime
