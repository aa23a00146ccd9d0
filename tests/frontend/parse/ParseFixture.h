// Parsing for tests: text in, canonical text or messages out.
#pragma once

#include "frontend/ast/Printer.h"
#include "frontend/parse/ParseOptions.h"

#include <string>

namespace tl::parse {

struct Parsed {
  std::optional<ast::Program> program;
  std::string messages; ///< one `line:column message` per line, in order of place of report
  std::string rendered;
  source::SourceManager sources;
};

inline std::unique_ptr<Parsed> parseText(std::string text, ParseOptions options = {}) {
  auto parsed = std::make_unique<Parsed>();
  std::uint32_t file = parsed->sources.add("test.tl", std::move(text));
  source::DiagnosticEngine diagnostics;
  parsed->program = parse(parsed->sources, file, diagnostics, options);
  for (const source::Diagnostic &diagnostic : diagnostics.all()) {
    source::LineColumn at = parsed->sources.file(file).lineColumn(diagnostic.range.begin);
    parsed->messages +=
        std::to_string(at.line) + ":" + std::to_string(at.column) + " " + diagnostic.message + "\n";
  }
  parsed->rendered = source::renderAll(parsed->sources, diagnostics, false);
  return parsed;
}

/// The canonical text, or the messages when the text is wrong.
inline std::string canonical(std::string text, ParseOptions options = {}) {
  auto parsed = parseText(std::move(text), options);
  return parsed->program ? ast::print(*parsed->program) : parsed->messages;
}

/// The messages; empty for a program without errors.
inline std::string messages(std::string text) {
  return parseText(std::move(text))->messages;
}

} // namespace tl::parse
