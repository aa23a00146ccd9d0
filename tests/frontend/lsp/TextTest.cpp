// Places in UTF-16 and edits of lines.
#include "frontend/lsp/Text.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace tl::lsp {
namespace {

TEST(Text, CountsPlacesInUtf16) {
  Text text("a\xC3\xA9\xF0\x9F\x99\x82z\r\nb\n");
  EXPECT_EQ(text.offset({0, 4}), 7u);
  EXPECT_EQ(text.position(7), llvm::lsp::Position(0, 4));
  EXPECT_EQ(text.offset({0, 99}), 8u);
  EXPECT_EQ(text.offset({1, 1}), 11u);
  EXPECT_EQ(text.offset({9, 0}), 12u);
  EXPECT_EQ(text.offset({-1, -1}), 0u);
}

/// Applying what `editsBetween` says gives the new text, whatever the two are.
TEST(Text, EditsBetweenTextsTurnOneIntoTheOther) {
  std::mt19937 random(1);
  auto sample = [&] {
    std::string made;
    for (unsigned count = random() % 8; count > 0; --count)
      made += std::array{"a", "b", "\n", "\xC3\xA9", "ab\n", "\n\n"}[random() % 6];
    return made;
  };
  for (int round = 0; round < 20000; ++round) {
    const Text before(sample());
    const std::string after = sample();
    Text changed = before;
    for (const llvm::lsp::TextEdit &edit : editsBetween(before, after)) {
      llvm::lsp::TextDocumentContentChangeEvent change;
      change.range = edit.range, change.text = edit.newText;
      changed.apply(change);
    }
    ASSERT_EQ(changed.content(), after) << before.content();
  }
}

} // namespace
} // namespace tl::lsp
