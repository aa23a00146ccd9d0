// Nested lists of numbers while they are read.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

#include <cstdint>
#include <vector>

namespace tl::parse {

/// Takes brackets and numbers in order of the text, keeps the values flat and checks that all rows of one
/// depth are equally long. After the first ragged row it keeps nothing more.
class NumberList {
public:
  void open(source::SourceRange bracket);
  /// `range` is the whole list.
  void close(source::SourceRange range);
  void integer(std::int64_t value, source::SourceRange range);
  void real(double value, source::SourceRange range);

  /// Moves shape and values into `literal`; false when the list is ragged, which is reported.
  bool finish(ast::Literal &literal, source::DiagnosticEngine &diagnostics);

private:
  /// What the first list or number at one depth was.
  struct Depth {
    std::int64_t length = -1;
    source::SourceRange firstRange;
  };
  struct Ragged {
    source::SourceRange range, firstRange;
    std::int64_t length = 0, firstLength = 0;
    bool isMixed = false; ///< a number where others are lists, or the reverse
  };

  void number(source::SourceRange range);
  void mixed(source::SourceRange range, source::SourceRange firstRange);

  std::vector<Depth> depths;
  std::vector<std::int64_t> counts;            ///< elements so far, of every open list
  std::vector<source::SourceRange> openRanges; ///< their brackets
  std::int64_t leafDepth = -1;                 ///< how many brackets are around a number
  source::SourceRange firstNumber;
  std::vector<double> values;
  std::vector<std::int64_t> integers;
  bool allIntegers = true;
  std::vector<Ragged> ragged; ///< at most one
};

} // namespace tl::parse
