// Hostile sizes give errors, quickly.
#include "tests/frontend/parse/ParseFixture.h"

#include <gtest/gtest.h>

namespace tl::parse {
namespace {

std::string repeated(std::string_view part, int times) {
  std::string text;
  for (int n = 0; n < times; ++n)
    text += part;
  return text;
}

TEST(Limit, BracketsNestAThousandDeep) {
  EXPECT_EQ(messages("Y = " + repeated("(", 1000) + "3" + repeated(")", 1000)), "");
  EXPECT_EQ(messages("Y = " + repeated("(", 1001) + "3" + repeated(")", 1001) + "\nZ = )"),
            "1:1005 brackets are nested deeper than the limit of 1,000\n2:5 ')' closes nothing\n");
}

TEST(Limit, AMillionBracketsAreOneError) {
  for (const char *bracket : {"(", "["})
    EXPECT_NE(messages("Y = " + repeated(bracket, 1000000)).find("nested deeper than the limit of 1,000"),
              std::string::npos);
}

TEST(Limit, ChainsCountAsNesting) {
  EXPECT_EQ(messages("Y = " + repeated("-", 1000) + "x"), "");
  for (const std::string &text :
       {"Y = " + repeated("-", 5000) + "x", "P(x) <- " + repeated("not ", 5000) + "Q(x)",
        "Y = x" + repeated("^x", 5000), "Y = " + repeated("(--", 600) + "x" + repeated(")", 600)})
    EXPECT_NE(messages(text).find("an expression is nested deeper than the limit of 1,000"),
              std::string::npos);
}

TEST(Limit, NamesAreShort) {
  std::string message = " a name is longer than the limit of 1,024 bytes\n";
  EXPECT_EQ(messages("Y = " + std::string(1024, 'X')), "");
  EXPECT_EQ(messages("Y = " + std::string(1025, 'X')), "1:5" + message);
  EXPECT_EQ(messages("P(" + std::string(1025, 'X') + ")"), "1:3" + message);
  EXPECT_EQ(messages(std::string(1025, 'X') + "(A)"), "1:1" + message);
  EXPECT_EQ(messages("P(\"" + std::string(5000, 'x') + "\")"), "");
}

TEST(Limit, TextThatIsNotFactsIsBounded) {
  std::string text = "W = [1, 2, 3]\nP(A)\nY = X[i] + W[i]\n";
  EXPECT_EQ(canonical(text, {.longestText = 30}), text);
  EXPECT_EQ(canonical(text, {.longestText = 20}), "3:1 the file has more than 64 MB that are not facts\n");
  EXPECT_EQ(canonical("// a comment\n" + repeated("P(A)\n", 100), {.longestText = 0}),
            repeated("P(A)\n", 100));
}

} // namespace
} // namespace tl::parse
