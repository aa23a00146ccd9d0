// The rows of two tables, joined at compile time by their order.
#include "frontend/source/Explanation.h"

#include <iterator>

namespace tl::source {
namespace {

struct Text {
  DiagnosticId id;
  std::string_view cause, wrong, right;
};

constexpr Text kTexts[] = {
#define TL_EXPLANATION(id, cause, wrong, right) {DiagnosticId::id, cause, wrong, right},
#include "frontend/source/Explanations.def"
#undef TL_EXPLANATION
};

constexpr std::string_view kSummaries[] = {
#define TL_DIAGNOSTIC(id, severity, summary) summary,
#include "frontend/source/Diagnostics.def"
#undef TL_DIAGNOSTIC
};

constexpr bool areInOrder() {
  for (std::size_t row = 0; row < std::size(kTexts); ++row)
    if (static_cast<std::size_t>(kTexts[row].id) != row)
      return false;
  return std::size(kTexts) == std::size(kSummaries);
}
static_assert(areInOrder(),
              "Explanations.def lacks a row, or its rows are not in the order of Diagnostics.def");

} // namespace

std::vector<Explanation> explanations() {
  std::vector<Explanation> all;
  for (std::size_t row = 0; row < std::size(kTexts); ++row) {
    const Text &text = kTexts[row];
    all.push_back({text.id, name(text.id), kSummaries[row], text.cause, text.wrong, text.right});
  }
  return all;
}

} // namespace tl::source
