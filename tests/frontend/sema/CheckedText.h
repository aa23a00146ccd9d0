// Checks a program given as text, for tests.
#pragma once

#include "frontend/parse/Parser.h"
#include "frontend/sema/Check.h"
#include "frontend/sema/Dump.h"

#include <gtest/gtest.h>

#include <memory>

namespace tl::sema {

/// A program from text to `TypedProgram`, with what was reported on the way.
struct CheckedText {
  explicit CheckedText(std::string text, const CheckOptions &options = {}) {
    std::uint32_t file = sources.add("test.tl", std::move(text));
    ast = parse::parse(sources, file, diagnostics);
    if (ast)
      program = check(*ast, options, diagnostics);
  }

  /// `ArityClash 2: 'R' has ...` for every diagnostic, with its line.
  std::vector<std::string> reports() const {
    std::vector<std::string> lines;
    for (const source::Diagnostic &diagnostic : diagnostics.all()) {
      std::uint32_t line = sources.file(diagnostic.range.file).lineColumn(diagnostic.range.begin).line;
      lines.push_back(std::string(source::name(diagnostic.id)) + " " + std::to_string(line) + ": " +
                      diagnostic.message);
    }
    return lines;
  }

  std::string rendered() const { return source::renderAll(sources, diagnostics, false); }

  const TensorSymbol &tensor(std::string_view name) const { return program->tensors[*program->find(name)]; }

  /// The class of one axis.
  const AxisClass &axis(std::string_view name, std::size_t position) const {
    return program->classes[tensor(name).axes[position]];
  }

  bool sharesClass(std::string_view lhs, std::size_t lhsAxis, std::string_view rhs,
                   std::size_t rhsAxis) const {
    return tensor(lhs).axes[lhsAxis] == tensor(rhs).axes[rhsAxis];
  }

  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::optional<ast::Program> ast;
  std::optional<TypedProgram> program;
};

/// The equation of the last line of `text`, sums explicit.
inline std::string checkedLast(std::string text) {
  CheckedText checked(std::move(text));
  EXPECT_TRUE(checked.program) << checked.rendered();
  if (!checked.program || checked.program->equations.empty())
    return "";
  return toString(*checked.program, checked.program->equations.back());
}

/// The one report of a wrong program.
inline std::string onlyReport(std::string text) {
  CheckedText checked(std::move(text));
  std::vector<std::string> reports = checked.reports();
  EXPECT_EQ(reports.size(), 1u) << checked.rendered();
  return reports.empty() ? "" : reports[0];
}

} // namespace tl::sema
