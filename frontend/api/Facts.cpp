// Sorted sets of rows.
#include "frontend/api/Facts.h"

#include <algorithm>
#include <iterator>

namespace tl::api {

/// Both kinds of cells in one column, columns of different lengths, or other columns than before.
std::string Facts::misfit(const std::vector<Column> &columns) {
  for (const Column &column : columns) {
    if (!column.integers.empty() && !column.symbols.empty())
      return "a column holds integers or symbols, not both";
    if (column.size() != columns.front().size())
      return "the columns have different lengths";
  }
  if (isSymbol.empty())
    return "";
  if (isSymbol.size() != columns.size())
    return "there are " + std::to_string(columns.size()) + " columns, but there were " +
           std::to_string(isSymbol.size()) + " before";
  for (std::size_t position = 0; position < columns.size(); ++position)
    if (columns[position].size() > 0 && isSymbol[position] == columns[position].symbols.empty())
      return "column " + std::to_string(position + 1) + " held " +
             (isSymbol[position] ? "symbols" : "integers") + " before";
  return "";
}

std::vector<Facts::Row> Facts::rowsOf(const std::vector<Column> &columns) {
  std::vector<Row> made(columns.empty() ? 0 : columns.front().size(), Row(columns.size()));
  for (std::size_t position = 0; position < columns.size(); ++position)
    for (std::size_t row = 0; row < made.size(); ++row) {
      const Column &column = columns[position];
      if (column.symbols.empty()) {
        made[row][position] = column.integers[row];
        continue;
      }
      auto [known, isNew] = numbers.emplace(column.symbols[row], static_cast<std::int64_t>(texts.size()));
      if (isNew)
        texts.push_back(column.symbols[row]);
      made[row][position] = known->second;
    }
  std::ranges::sort(made);
  made.erase(std::unique(made.begin(), made.end()), made.end());
  return made;
}

std::string Facts::add(const std::vector<Column> &columns) {
  if (std::string message = misfit(columns); !message.empty())
    return message;
  std::vector<Row> added = rowsOf(columns), all;
  if (added.empty())
    return "";
  if (isSymbol.empty())
    for (const Column &column : columns)
      isSymbol.push_back(column.integers.empty());
  std::ranges::set_union(rows, added, std::back_inserter(all));
  rows = std::move(all);
  isMade = false;
  return "";
}

std::string Facts::retract(const std::vector<Column> &columns) {
  if (std::string message = misfit(columns); !message.empty())
    return message;
  std::vector<Row> removed = rowsOf(columns), left;
  std::ranges::set_difference(rows, removed, std::back_inserter(left));
  rows = std::move(left);
  isMade = false;
  return "";
}

const runtime::Table &Facts::table() {
  if (isMade)
    return made;
  made = {};
  made.rows = static_cast<std::int64_t>(rows.size());
  made.columns.resize(isSymbol.size());
  for (std::size_t position = 0; position < isSymbol.size(); ++position) {
    runtime::TableColumn &column = made.columns[position];
    column.isInteger = !isSymbol[position];
    std::vector<std::int64_t> number(isSymbol[position] ? texts.size() : 0, -1);
    for (const Row &row : rows) {
      std::int64_t cell = row[position];
      if (column.isInteger) {
        column.integers.push_back(cell);
        continue;
      }
      std::int64_t &place = number[static_cast<std::size_t>(cell)];
      if (place < 0) {
        place = static_cast<std::int64_t>(column.texts.size());
        column.texts.push_back(texts[static_cast<std::size_t>(cell)]);
      }
      column.ids.push_back(static_cast<std::uint32_t>(place));
    }
  }
  isMade = true;
  return made;
}

} // namespace tl::api
