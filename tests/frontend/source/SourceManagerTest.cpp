// Places in source texts.
#include "frontend/source/SourceManager.h"

#include <gtest/gtest.h>

namespace tl::source {
namespace {

TEST(SourceFile, CountsLinesAndColumnsFromOne) {
  SourceFile file("a.tl", "ab\ncd\r\n\nlast");
  EXPECT_EQ(file.lineColumn(0).line, 1u);
  EXPECT_EQ(file.lineColumn(4).line, 2u);
  EXPECT_EQ(file.lineColumn(4).column, 2u);
  EXPECT_EQ(file.lineColumn(8).line, 4u);
  EXPECT_EQ(file.lineColumn(12).column, 5u);
}

TEST(SourceFile, LinesComeWithoutTheirEnds) {
  SourceFile file("a.tl", "ab\ncd\r\n\nlast");
  EXPECT_EQ(file.line(1), "ab");
  EXPECT_EQ(file.line(2), "cd");
  EXPECT_EQ(file.line(3), "");
  EXPECT_EQ(file.line(4), "last");
}

TEST(SourceManager, GivesTheTextOfARangeWithinItsFile) {
  SourceManager sources;
  EXPECT_EQ(sources.add("a.tl", "first"), 0u);
  EXPECT_EQ(sources.add("b.tl", "second"), 1u);
  EXPECT_EQ(sources.text({1, 0, 3}), "sec");
  EXPECT_EQ(sources.text({1, 4, 90}), "nd");
}

TEST(SourceRange, JoinCoversBoth) {
  SourceRange range = join({0, 7, 9}, {0, 2, 3});
  EXPECT_EQ(range.begin, 2u);
  EXPECT_EQ(range.end, 9u);
}

} // namespace
} // namespace tl::source
