// Words and lines.
#include "runtime/io/Text.h"

#include "runtime/io/Table.h"
#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

using namespace tl::runtime;

namespace {

using Strings = std::vector<std::string>;

class TextFiles : public testing::Test {
protected:
  std::string file(const std::string &content) { return folder.file("a.txt", content); }

  TemporaryFolder folder;
};

TEST_F(TextFiles, SplitsWordsAtWhiteSpace) {
  EXPECT_EQ(*readWords(file("The  quick\tbrown\r\n\n fox.\f\vThe end ")),
            (Strings{"The", "quick", "brown", "fox.", "The", "end"}));
  EXPECT_EQ(*readWords(file("")), Strings{});
  EXPECT_EQ(*readWords(file(" \n\t")), Strings{});
  EXPECT_EQ(*readWords(file("\xEF\xBB\xBF"
                            "caf\xC3\xA9")),
            Strings{"caf\xC3\xA9"});
}

TEST_F(TextFiles, ReadsOneSymbolALine) {
  EXPECT_EQ(*readLines(file("Ann Lee\r\nBob\n\n Cy \n\n\n")), (Strings{"Ann Lee", "Bob", "", " Cy "}));
  EXPECT_EQ(*readLines(file("Ann\nBob")), (Strings{"Ann", "Bob"}));
  EXPECT_EQ(*readLines(file("")), Strings{});
}

TEST_F(TextFiles, ReportsBadUtf8WithItsOffset) {
  std::string path = file("good\nb\xE2\x82");
  EXPECT_EQ(readWords(path).error().message, "'" + path + "' byte 6: the text is not UTF-8");
  EXPECT_EQ(readLines(path).error().kind, ErrorKind::Data);
}

TEST_F(TextFiles, LimitsTheLengthOfLines) {
  std::string path = file("a\n" + std::string(kMaxLineBytes + 1, 'x'));
  EXPECT_EQ(readWords(path).error().message, "'" + path + "' byte 2: the line is longer than 64 MB");
}

} // namespace
