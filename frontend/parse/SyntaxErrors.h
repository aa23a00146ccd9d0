// What to say about a statement that is not one.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace antlr4 {
class Token;
}

namespace tl::parse {

/// Where the parser stopped.
struct SyntaxProblem {
  std::vector<const antlr4::Token *> tokens; ///< of the statement, up to and with the one that does not fit
  std::vector<std::size_t> expected;         ///< token types that would have fitted
  bool isInList = false;                     ///< inside a list of numbers
  bool isInDomain = false;                   ///< among the symbols of a domain

  const antlr4::Token &found() const { return *tokens.back(); }
};

/// Reports it in the words of the language. What is missing is reported at the end of the token before.
void reportSyntaxError(std::string_view text, std::uint32_t file, const SyntaxProblem &problem,
                       source::DiagnosticEngine &diagnostics);

} // namespace tl::parse
