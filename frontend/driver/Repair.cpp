// Trying edits until one compiles.
#include "frontend/driver/Repair.h"

#include "frontend/driver/RepairEdits.h"

#include <algorithm>
#include <iterator>

namespace tl::driver {
namespace {

using source::Diagnostic;
using source::DiagnosticId;
using source::SourceRange;

/// Trying costs one compilation each, so both are small.
constexpr std::size_t kLongestText = std::size_t{16} << 10;
constexpr std::size_t kMostEdits = 60;
constexpr std::size_t kTriedBytes = kMostEdits * 4096; ///< of text, over all edits of one message

/// The statements of a program, each as its tokens.
std::vector<Tokens> statementsOf(const source::SourceManager &sources, std::uint32_t file) {
  source::DiagnosticEngine ignored;
  std::vector<Tokens> statements;
  for (const parse::Token &token : parse::tokenize(sources, file, ignored)) {
    if (token.startsStatement || statements.empty())
      statements.emplace_back();
    statements.back().push_back(token);
  }
  return statements;
}

/// The statement that a place is in or just behind.
const Tokens *statementAt(const std::vector<Tokens> &statements, std::uint32_t place) {
  const Tokens *found = nullptr;
  for (const Tokens &statement : statements)
    if (statement.front().begin <= place)
      found = &statement;
  return found;
}

std::vector<Edit> editsFor(std::string_view text, const std::vector<Tokens> &statements,
                           const Diagnostic &diagnostic, SourceRange range) {
  const Tokens *statement = statementAt(statements, range.begin);
  if (!statement)
    return {};
  if (diagnostic.id == DiagnosticId::SyntaxError)
    return syntaxEdits(text, *statement, range.begin);
  if (diagnostic.id == DiagnosticId::UnboundVariable || diagnostic.id == DiagnosticId::UnboundedIndex)
    return variableEdits(text, *statement, range.begin, range.end);
  bool isAboutIndices =
      diagnostic.id == DiagnosticId::ArityClash || diagnostic.id == DiagnosticId::ExtentClash ||
      diagnostic.id == DiagnosticId::KindClash || diagnostic.id == DiagnosticId::DomainClash ||
      diagnostic.id == DiagnosticId::BadQuery || diagnostic.id == DiagnosticId::RaggedLiteral;
  return isAboutIndices ? indexEdits(text, *statement, range.begin, range.end) : std::vector<Edit>();
}

std::string applied(std::string_view text, const Edit &edit) {
  std::string out(text.substr(0, edit.begin));
  out += edit.replacement;
  return out += text.substr(edit.end);
}

} // namespace

std::optional<Repair> findRepair(const source::SourceManager &sources, const Diagnostic &diagnostic,
                                 const Compile &compile) {
  std::uint32_t file = diagnostic.range.file;
  if (sources.expansion(file)) // an edit of a definition would change its other calls
    return std::nullopt;
  std::string_view text = sources.file(file).text();
  if (text.size() > kLongestText)
    return std::nullopt;
  std::vector<Tokens> statements = statementsOf(sources, file);
  std::optional<Repair> local;
  std::vector<Edit> all = editsFor(text, statements, diagnostic, diagnostic.range), edits;
  for (const source::Label &label : diagnostic.labels)
    if (label.range.file == file)
      std::ranges::copy(editsFor(text, statements, diagnostic, label.range), std::back_inserter(all));
  // A missing comma shows in the text itself; the others are guesses.
  for (bool isMissingComma : {true, false})
    std::ranges::copy_if(all, std::back_inserter(edits),
                         [&](const Edit &edit) { return edit.isMissingComma == isMissingComma; });
  edits.resize(std::min({edits.size(), kMostEdits, kTriedBytes / std::max<std::size_t>(text.size(), 1)}));
  for (const Edit &edit : edits) {
    const Tokens &statement = *statementAt(statements, edit.begin);
    std::uint32_t end =
        statement.back().end + static_cast<std::uint32_t>(edit.replacement.size()) - (edit.end - edit.begin);
    Trial trial = compile(applied(text, edit), statement.front().begin, end);
    Repair repair{{{file, edit.begin, edit.end}, edit.replacement, edit.description}, trial == Trial::Whole};
    if (trial == Trial::Whole)
      return repair;
    if (trial == Trial::Local && !local)
      local = std::move(repair);
  }
  return local;
}

} // namespace tl::driver
