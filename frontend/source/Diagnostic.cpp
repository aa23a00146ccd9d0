// The table of diagnostics and their collection.
#include "frontend/source/Diagnostic.h"

#include <algorithm>
#include <cctype>
#include <tuple>
#include <utility>

namespace tl::source {
namespace {

struct Row {
  Severity severity;
  std::string_view name;
};

constexpr Row kRows[] = {
#define TL_DIAGNOSTIC(id, severity, summary) {Severity::severity, #id},
#include "frontend/source/Diagnostics.def"
#undef TL_DIAGNOSTIC
};

const Row &rowOf(DiagnosticId id) {
  return kRows[static_cast<std::size_t>(id)];
}

bool equalsIgnoringCase(std::string_view lhs, std::string_view rhs) {
  auto isSame = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::equal(lhs.begin(), lhs.end(), rhs.begin(), rhs.end(), isSame);
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t editDistance(std::string_view lhs, std::string_view rhs) {
  std::vector<std::size_t> beforeLast(rhs.size() + 1), last(rhs.size() + 1), row(rhs.size() + 1);
  for (std::size_t j = 0; j <= rhs.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= lhs.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= rhs.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (lhs[i - 1] != rhs[j - 1])});
      if (i > 1 && j > 1 && lhs[i - 1] == rhs[j - 2] && lhs[i - 2] == rhs[j - 1])
        row[j] = std::min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast.swap(last);
    last.swap(row);
  }
  return last[rhs.size()];
}

/// A name of two letters is one edit away from too many others to say anything.
std::size_t editLimit(std::size_t letters) {
  return letters < 3 ? 0 : letters < 6 ? 1 : letters < 9 ? 2 : 3;
}

} // namespace

Severity severity(DiagnosticId id) {
  return rowOf(id).severity;
}

std::string_view name(DiagnosticId id) {
  return rowOf(id).name;
}

Diagnostic &DiagnosticEngine::report(DiagnosticId id, SourceRange range, std::string message) {
  errors += severity(id) == Severity::Error;
  warnings += severity(id) == Severity::Warning;
  diagnostics.push_back({id, range, std::move(message), {}, std::nullopt, {}});
  return diagnostics.back();
}

void DiagnosticEngine::keepError(std::size_t position) {
  std::vector<Diagnostic> kept;
  for (std::size_t other = 0; other < diagnostics.size(); ++other)
    if (other == position || severity(diagnostics[other].id) != Severity::Error)
      kept.push_back(std::move(diagnostics[other]));
  diagnostics = std::move(kept);
  errors = 1;
}

bool hasPlace(const Diagnostic &diagnostic) {
  return diagnostic.range.begin > 0 || diagnostic.range.end > 0;
}

std::vector<Label> callsOf(const SourceManager &sources, SourceRange range) {
  constexpr std::size_t kMostCalls = 8;
  std::vector<Label> calls;
  const Expansion *expansion = sources.expansion(range.file);
  for (; expansion && calls.size() < kMostCalls; expansion = sources.expansion(expansion->call.file))
    calls.push_back({expansion->call, "in this call of '" + expansion->definition + "'"});
  return calls;
}

std::vector<const Diagnostic *> inOrder(const SourceManager &sources, const DiagnosticEngine &engine) {
  auto key = [&](const Diagnostic *diagnostic) {
    SourceRange range = diagnostic->range;
    return std::tuple(sources.original(range.file), range.begin, range.end, diagnostic->id,
                      std::string_view(diagnostic->message));
  };
  std::vector<const Diagnostic *> sorted;
  for (const Diagnostic &diagnostic : engine.all())
    sorted.push_back(&diagnostic);
  std::sort(sorted.begin(), sorted.end(), [&](auto *lhs, auto *rhs) {
    return std::tuple_cat(key(lhs), std::tuple(lhs)) < std::tuple_cat(key(rhs), std::tuple(rhs));
  });
  auto isDuplicate = [&](auto *lhs, auto *rhs) { return key(lhs) == key(rhs); };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), isDuplicate), sorted.end());
  return sorted;
}

std::optional<std::string> nearest(std::string_view name, const std::vector<std::string> &candidates) {
  constexpr std::size_t kLongestCompared = 256;
  if (name.size() > kLongestCompared)
    return std::nullopt;
  const std::string *best = nullptr;
  std::size_t bestDistance = editLimit(name.size()) + 1;
  for (const std::string &candidate : candidates) {
    if (candidate == name || candidate.size() > kLongestCompared)
      continue;
    std::size_t distance = equalsIgnoringCase(name, candidate) ? 0 : editDistance(name, candidate);
    if (distance < bestDistance) {
      best = &candidate;
      bestDistance = distance;
    }
  }
  return best ? std::optional(*best) : std::nullopt;
}

} // namespace tl::source
