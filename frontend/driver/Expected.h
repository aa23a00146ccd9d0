// Answers written in the program: `//= [1, 0, 1]` below a query.
#pragma once

#include "frontend/driver/Answers.h"
#include "frontend/source/SourceManager.h"

#include <optional>
#include <string>
#include <vector>

namespace tl::driver {

/// The `//=` lines below one query, joined; `lines` are the numbers of these lines, empty when there are
/// none.
struct ExpectedAnswer {
  std::string text;
  std::vector<std::uint32_t> lines;
};

/// What stands below each query of a program, by position of the query. A query's answer begins on the next
/// line.
std::vector<ExpectedAnswer> expectedAnswers(const source::SourceFile &file,
                                            const std::vector<sema::Query> &queries);

/// The number after `// tolerance:` in the first line, if there is one.
std::optional<double> toleranceOf(const source::SourceFile &file);

/// The answer as it is written behind `//=`.
std::string writtenAnswer(const Answer &answer);

/// Empty when `expected` is what `answer` says, else a sentence about the first difference.
std::string difference(const Answer &answer, std::string_view expected, double tolerance);

} // namespace tl::driver
