// One object per diagnostic, its members in a fixed order.
#include "frontend/source/Json.h"

#include <algorithm>

namespace tl::source {
namespace {

void appendMember(std::string_view name, std::string_view text, std::string &out) {
  appendJsonText(name, out);
  out += ": ";
  appendJsonText(text, out);
}

void appendPlace(const SourceFile &file, std::uint32_t offset, std::string &out) {
  offset = std::min(offset, static_cast<std::uint32_t>(file.text().size()));
  LineColumn at = file.lineColumn(offset);
  out += "{\"line\": " + std::to_string(at.line) + ", \"column\": " + std::to_string(at.column) +
         ", \"offset\": " + std::to_string(offset) + "}";
}

/// `"file": ..., "range": {"begin": ..., "end": ...}`.
void appendRange(const SourceManager &sources, SourceRange range, std::string &out) {
  const SourceFile &file = sources.file(range.file);
  appendMember("file", file.name(), out);
  out += ", \"range\": {\"begin\": ";
  appendPlace(file, range.begin, out);
  out += ", \"end\": ";
  appendPlace(file, std::max(range.begin, range.end), out);
  out += "}";
}

std::string_view levelOf(const Diagnostic &diagnostic, bool strict) {
  Severity level = severity(diagnostic.id);
  if (level == Severity::Error || (level == Severity::Warning && strict))
    return "error";
  return level == Severity::Warning ? "warning" : "note";
}

void appendFix(const SourceManager &sources, const Fix &fix, std::string &out) {
  out += "{";
  appendRange(sources, fix.range, out);
  out += ", ";
  appendMember("replacement", fix.replacement, out);
  out += ", ";
  appendMember("description", fix.description, out);
  out += ", ";
  appendMember("applicability", fix.isCertain ? "certain" : "likely", out);
  out += "}";
}

} // namespace

std::string renderJson(const SourceManager &sources, const Diagnostic &diagnostic, bool strict) {
  std::string out = "{";
  appendMember("id", name(diagnostic.id), out);
  out += ", ";
  appendMember("severity", levelOf(diagnostic, strict), out);
  out += ", ";
  appendMember("message", diagnostic.message, out);
  out += ", ";
  if (hasPlace(diagnostic)) {
    appendRange(sources, diagnostic.range, out);
  } else {
    appendMember("file", sources.file(diagnostic.range.file).name(), out);
    out += ", \"range\": null";
  }
  out += ", \"labels\": [";
  std::vector<Label> labels = diagnostic.labels, calls = callsOf(sources, diagnostic.range);
  labels.insert(labels.end(), calls.begin(), calls.end());
  for (const Label &label : labels) {
    out += &label == &labels.front() ? "{" : ", {";
    appendRange(sources, label.range, out);
    out += ", ";
    appendMember("text", label.text, out);
    out += "}";
  }
  out += "], \"hint\": ";
  if (diagnostic.hint.empty())
    out += "null";
  else
    appendJsonText(diagnostic.hint, out);
  out += ", \"fix\": ";
  if (diagnostic.fix)
    appendFix(sources, *diagnostic.fix, out);
  else
    out += "null";
  return out + "}\n";
}

std::string renderAllJson(const SourceManager &sources, const DiagnosticEngine &engine) {
  std::string out;
  for (const Diagnostic *diagnostic : inOrder(sources, engine))
    out += renderJson(sources, *diagnostic, engine.isStrict());
  return out;
}

} // namespace tl::source
