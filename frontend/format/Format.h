// The one way a program is laid out.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <optional>
#include <string>

namespace tl::format {

/// File `file` in the one style: same tokens, comments, line breaks and single blank lines; blanks,
/// indentation and what ends statements are chosen anew. Parsing the result gives the same tree, and
/// formatting it changes nothing. Empty when the file does not parse (reported).
std::optional<std::string> format(const source::SourceManager &sources, std::uint32_t file,
                                  source::DiagnosticEngine &diagnostics);

} // namespace tl::format
