// Reading tables of symbols and integers from `.csv`, `.tsv` and `.facts` files.
#pragma once

#include "runtime/core/Memory.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tl::runtime {

/// A longer line is taken for a file that is no table. The cap also holds for texts.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxTableFields = 4'096;

/// The cells of one column, in the order of the rows.
struct TableColumn {
  bool isInteger = true;              ///< all cells are integers of 64 bits
  std::vector<std::int64_t> integers; ///< one a row, when they are
  std::vector<std::uint32_t> ids;     ///< positions in `texts`, one a row, otherwise
  std::vector<std::string> texts;     ///< distinct, in the order of first use
};

/// The rows of a file in their order, with duplicates.
struct Table {
  std::vector<TableColumn> columns;
  std::vector<double> values; ///< the last column, with `TableOptions::hasValue`
  bool valuesAreIntegers = true;
  std::int64_t rows = 0;
};

/// What the reader is told of a table.
struct TableOptions {
  bool header = false;             ///< the first line holds names and is skipped
  bool hasValue = false;           ///< the last column is the numeric value of its row
  std::size_t expectedColumns = 0; ///< with the value; 0 takes the number from the first line
  MemoryBudget *budget = nullptr;  ///< charged while reading, so that a large file is a Limit error
};

/// `.csv` has commas and quotes as in RFC 4180; `.tsv` and `.facts` have tabs and no quotes. Lines end in LF
/// or CRLF; blank lines at the end are ignored. An integer is digits after an optional '-', with blanks
/// around it or not; a column with any other cell holds symbols, which keep their exact text. Values may be
/// any decimal number, `inf` or `nan`. Symbols must be UTF-8.
Result<Table> readTable(const std::string &path, const TableOptions &options = {});

} // namespace tl::runtime
