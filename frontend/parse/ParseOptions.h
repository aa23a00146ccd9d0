// Switches of the parser that tests turn.
#pragma once

#include "frontend/parse/Lexical.h"
#include "frontend/parse/Parser.h"

namespace tl::parse {

/// For tests: the ways of reading that give the same result, and a lower limit.
struct ParseOptions {
  /// Facts and lists of numbers are read by hand; without it everything goes through the grammar, with the
  /// same result.
  bool hasFastPath = true;
  /// What is neither a fact nor a comment, in bytes.
  std::size_t longestText = kLongestText;
};

/// As in Parser.h, which takes the defaults.
std::optional<ast::Program> parse(const source::SourceManager &sources, std::uint32_t file,
                                  source::DiagnosticEngine &diagnostics, ParseOptions options);

} // namespace tl::parse
