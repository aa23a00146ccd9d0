// Words and lines of text files.
#pragma once

#include "runtime/io/Table.h"

#include <string>
#include <vector>

namespace tl::runtime {

/// The words between white space (blank, tab, line ends, form feed, vertical tab), case kept. The text must
/// be UTF-8.
Result<std::vector<std::string>> readWords(const std::string &path);

/// The lines of a file, which end in LF or CRLF; blank lines at the end are ignored, others are empty
/// symbols.
Result<std::vector<std::string>> readLines(const std::string &path);

/// The words of a text as the relation (position, word).
Result<Table> readWordTable(const std::string &path);

} // namespace tl::runtime
