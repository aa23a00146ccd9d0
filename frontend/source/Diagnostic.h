// What tl has to say about a program, as data.
#pragma once

#include "frontend/source/SourceManager.h"

#include <optional>
#include <string>
#include <vector>

namespace tl::source {

/// One enumerator per row of Diagnostics.def.
enum class DiagnosticId {
#define TL_DIAGNOSTIC(id, severity, summary) id,
#include "frontend/source/Diagnostics.def"
#undef TL_DIAGNOSTIC
};

enum class Severity { Error, Warning, Note };

/// A further place the message speaks of, with what is there.
struct Label {
  SourceRange range;
  std::string text;
};

/// An edit that would make the program compile.
struct Fix {
  SourceRange range;
  std::string replacement;
  std::string description;
  /// The edit says the same in the right spelling (`**` for `^`); otherwise it is the likeliest of several
  /// things that may have been meant.
  bool isCertain = false;
};

/// Message in lower case without full stop, names in single quotes.
struct Diagnostic {
  DiagnosticId id;
  SourceRange range;
  std::string message;
  std::vector<Label> labels;
  std::optional<Fix> fix;
  std::string hint; ///< shown as `help:`; empty for none
};

/// Error or warning, as Diagnostics.def says.
Severity severity(DiagnosticId id);
/// The spelling of the enumerator, as in tests/diagnostics/<name>.tl.
std::string_view name(DiagnosticId id);

/// Collects diagnostics. Sorted by place when printed, duplicates dropped.
class DiagnosticEngine {
public:
  /// The returned reference is valid until the next report; add labels to it.
  Diagnostic &report(DiagnosticId id, SourceRange range, std::string message);
  bool hasErrors() const { return errors > 0 || (strict && warnings > 0); }
  const std::vector<Diagnostic> &all() const { return diagnostics; }
  /// Gives the diagnostic at `position` of `all` a fix.
  void setFix(std::size_t position, Fix fix) { diagnostics[position].fix = std::move(fix); }
  /// Drops every error but the one at `position`: they all follow from it.
  void keepError(std::size_t position);
  /// Every warning becomes an error (`--strict`): counts warnings reported so far and from now on as errors.
  void promoteWarnings() { strict = true; }
  bool isStrict() const { return strict; }

private:
  std::vector<Diagnostic> diagnostics;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  bool strict = false;
};

/// Whether it speaks of a place in its file, and not of the run as a whole.
bool hasPlace(const Diagnostic &diagnostic);

/// All of them, sorted by place, without duplicates: a mistake in a definition is one, however often it is
/// called.
std::vector<const Diagnostic *> inOrder(const SourceManager &sources, const DiagnosticEngine &engine);

/// The calls that brought the text at `range` into the program, from the inside out, as far as is worth
/// showing.
std::vector<Label> callsOf(const SourceManager &sources, SourceRange range);

/// `file:line:col: error: text`, the source line, carets under each range, labels, hint and fix.
std::string render(const SourceManager &sources, const Diagnostic &diagnostic, bool colour,
                   bool strict = false);

/// All of them, sorted by place.
std::string renderAll(const SourceManager &sources, const DiagnosticEngine &engine, bool colour);

/// The candidate nearest to `name` by edit distance, if one is near enough to suggest.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string> &candidates);

} // namespace tl::source
