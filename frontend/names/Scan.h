// Names statement by statement.
#pragma once

#include "frontend/names/NameIndex.h"
#include "frontend/parse/Tokenizer.h"

namespace tl::names {

/// What a scan of a text gives.
struct Scanned {
  std::vector<Occurrence> occurrences; ///< in the order of the text
  std::vector<std::pair<std::uint32_t, std::uint32_t>> statements;
};

/// The names of `text`, whose tokens are `tokens`.
Scanned scan(std::string_view text, const std::vector<parse::Token> &tokens);

} // namespace tl::names
