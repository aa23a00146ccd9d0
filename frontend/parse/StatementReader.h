// Cuts the tokens of one statement out of the text.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace antlr4 {
class Token;
}

namespace tl::parse {

using TokenList = std::vector<std::unique_ptr<antlr4::Token>>;

/// Knows where statements end, as the grammar's head comment says, and keeps what is too long or nested too
/// deep away from the recursive parser. Token positions are byte offsets.
class StatementReader {
public:
  StatementReader(std::string_view text, std::uint32_t file, source::DiagnosticEngine &diagnostics);
  ~StatementReader();

  /// The tokens of the statement at `offset`, closed by END and EOF. Empty when the statement was refused
  /// (and reported). A bracket that nothing closes ends the statement before the next line that looks like
  /// one.
  TokenList read(std::size_t offset);

  /// Where the next statement begins, after a `read`.
  std::size_t end() const;

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::parse
