// Writing tables to `.csv`, `.tsv` and `.facts` files.
#pragma once

#include "runtime/core/Result.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace tl::runtime {

/// Collects the bytes of a table cell by cell; `finish` writes them in one atomic step. `readTable` reads the
/// same cells back. The first error is kept and reported by `finish`.
class TableWriter {
public:
  /// The extension of `path` decides on delimiter and quotes, as in `readTable`.
  explicit TableWriter(std::string path);

  void addInteger(std::int64_t value);
  /// Shortest decimal form that reads back as the same number; `inf`, `-inf`, `nan`.
  void addNumber(double value);
  /// Quoted in `.csv` where it must be; a text that the other formats cannot hold is an error.
  void addSymbol(std::string_view text);
  void endRow();

  Result<void> finish();

private:
  std::string &startCell();
  void fail(std::string_view reason);

  std::string path;
  char delimiter;
  bool hasQuotes;
  std::deque<std::string> chunks; // in pieces: growing never copies what is there
  std::size_t cells = 0;          // of the current row
  bool isLoneEmptyCell = false;   // the current row so far
  std::optional<Error> failure;
};

} // namespace tl::runtime
