// Switches of the parser that tests turn.
#pragma once

#include "frontend/parse/Lexical.h"
#include "frontend/parse/Parser.h"

namespace tl::parse {

struct ParseOptions {
  /// Facts and lists of numbers are read by hand; without it everything goes through the grammar, with the
  /// same result.
  bool hasFastPath = true;
  /// What is neither a fact nor a comment, in bytes.
  std::size_t longestText = kLongestText;
};

std::optional<ast::Program> parse(const source::SourceManager &sources, std::uint32_t file,
                                  source::DiagnosticEngine &diagnostics, ParseOptions options);

} // namespace tl::parse
