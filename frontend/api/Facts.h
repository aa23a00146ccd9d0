// The facts that an embedding program adds and takes back.
#pragma once

#include "frontend/api/tl.h"
#include "runtime/io/Table.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace tl::api {

/// The rows of one relation, a set. Cells are integers, or numbers of symbols in `texts`; a column holds only
/// one of the two. Adding and retracting n rows to m costs O((n + m) log(n + m)).
class Facts {
public:
  /// The message of what does not fit, or empty.
  std::string add(const std::vector<Column> &columns);
  std::string retract(const std::vector<Column> &columns);
  /// As the loader wants them; valid until the next change.
  const runtime::Table &table();

private:
  using Row = std::vector<std::int64_t>;
  std::string misfit(const std::vector<Column> &columns);
  std::vector<Row> rowsOf(const std::vector<Column> &columns);

  std::vector<bool> isSymbol; ///< by column; empty before the first rows
  std::vector<std::string> texts;
  std::unordered_map<std::string, std::int64_t> numbers;
  std::vector<Row> rows; ///< sorted, without duplicates
  runtime::Table made;
  bool isMade = false;
};

} // namespace tl::api
