// Single edits of a statement, likeliest first.
#pragma once

#include "frontend/parse/Tokenizer.h"

#include <string>
#include <string_view>
#include <vector>

namespace tl::driver {

/// Bytes [begin, end) become `replacement`.
struct Edit {
  std::uint32_t begin = 0, end = 0;
  std::string replacement;
  std::string description;
  bool isMissingComma = false; ///< between two operands that nothing joins
};

using Tokens = std::vector<parse::Token>;

/// Brackets and commas put in or taken out of a statement that does not parse; `place` is where the parser
/// stopped.
std::vector<Edit> syntaxEdits(std::string_view text, const Tokens &statement, std::uint32_t place);

/// The indices of the tensors that a statement names: split at a missing comma, swapped, one more, one less.
/// Those of tensors at [begin, end) come first.
std::vector<Edit> indexEdits(std::string_view text, const Tokens &statement, std::uint32_t begin,
                             std::uint32_t end);

/// The variable at [begin, end) becomes another one of the statement that its left side does not have.
std::vector<Edit> variableEdits(std::string_view text, const Tokens &statement, std::uint32_t begin,
                                std::uint32_t end);

} // namespace tl::driver
