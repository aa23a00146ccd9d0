// The fast path takes what it should and means what the grammar means.
#include "tests/frontend/parse/ParseFixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

namespace tl::parse {
namespace {

/// The canonical lines in sorted order: facts may move.
std::string sortedLines(const std::string &text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string &line : lines)
    out += line + "\n";
  return out;
}

void expectSameBothWays(const std::string &text) {
  EXPECT_EQ(sortedLines(canonical(text)), sortedLines(canonical(text, {.hasFastPath = false}))) << text;
}

TEST(FactScanner, MergesTheFactsOfOneRelation) {
  auto parsed = parseText("E(0, 1)\nP(Ann)\nE(2, -3); E(4, 5).\nE(6)");
  ASSERT_TRUE(parsed->program);
  ASSERT_EQ(parsed->program->statements.size(), 3u);
  const auto &edges = std::get<ast::FactBlock>(parsed->program->statements[0].node);
  EXPECT_EQ(edges.name, "E");
  EXPECT_EQ(edges.rows, 3u);
  EXPECT_EQ(edges.cells[3].integer(), -3);
  EXPECT_EQ(edges.cells[3].begin(), 20u);
}

TEST(FactScanner, KeepsQuotedAndBareSymbolsApart) {
  auto parsed = parseText("P(T, \"T\", \"a\\\"b\")");
  const auto &facts = std::get<ast::FactBlock>(parsed->program->statements[0].node);
  EXPECT_FALSE(facts.cells[0].isQuoted());
  EXPECT_TRUE(facts.cells[1].isQuoted());
  EXPECT_EQ(facts.cells[1].text(), "T");
  EXPECT_EQ(facts.cells[2].text(), "a\"b");
}

TEST(FactScanner, CountsFactsWithoutArguments) {
  auto parsed = parseText("Raining()\nRaining( )");
  EXPECT_EQ(std::get<ast::FactBlock>(parsed->program->statements[0].node).rows, 2u);
}

TEST(FactScanner, LeavesOtherStatementsToTheGrammar) {
  for (const char *text : {"P(A)?",     "P(A) <- Q(B)", "P(A) = 3", "P(A + 1)", "P(x)",
                           "P(A.)",     "P(A[1])",      "P(A(1))",  "P (A)",    "P(1.5)",
                           "P(A) Q(B)", "P(A)...",      "P(A,)",    "P(A",      "P(123456789012345678901)",
                           "P(A) /* x", "P(\"a\\q\")",  "P(\"a",    "P(- 3)",   "P(9223372036854775807)",
                           "P(A). 3",   "0.5 :: P(A)"})
    expectSameBothWays(text);
}

TEST(FactScanner, TakesCommentsBlanksAndNewlinesAsTheGrammarDoes) {
  for (const char *text :
       {"P( A ,\n B )", "P(A /* c */, // d\n B) // e\nQ(C)", "P(A) /* c\n */ \nQ(B)", "P(A);Q(B).R(C)",
        "\t P(A)\f\r\n\r\nQ(B)", "P(A) //", "Y = 1 +\nP(A)\nQ(B)", "X(x) <-\nP(A)\nQ(B)",
        "def f(A) -> B {\nP(A)\nB = A\n}\nP(B)", "P(A').", "P(\"\")", "P(007, -0)"})
    expectSameBothWays(text);
}

TEST(ListScanner, ReadsListsAsTheGrammarDoes) {
  for (const char *text : {"W = [1, 2, 3]",
                           "W = [1, -2.5, 1e3]",
                           "W=[[1,2],[3,4],]",
                           "W = []",
                           "W = [[], []]",
                           "param W = [1]",
                           "W = [\n 1, // one\n 2 /* two */\n]\nX = 3",
                           "W =\n [1]",
                           "W = [1] Y",
                           "W = [1].",
                           "W = [1 2]",
                           "W = [,]",
                           "W = [1,,2]",
                           "W = [[1] [2]]",
                           "W = [[1, 2], [3]]",
                           "W = [1, [2]]",
                           "W = [true, false]",
                           "W = [- 1]",
                           "W = [--1]",
                           "W = [1.]",
                           "W = [1",
                           "W = [1]]",
                           "W = [1e999]",
                           "W = [1e-999]",
                           "W = [99999999999999999999]",
                           "param = [1]",
                           "paramW = [1]",
                           "W = [[[1], [2]], [[3], [4, 5]]]",
                           "W = [+1]",
                           "W = [1] // c",
                           "W' = [1]",
                           "W[i] = [1, 2]"})
    expectSameBothWays(text);
}

/// Small programs from a list of pieces that are likely to collide.
TEST(FactScanner, AgreesWithTheGrammarOnRandomText) {
  constexpr unsigned kSeed = 20240611;
  const char *pieces[] = {"P(",    "Q(",      "A",   "Bob'",  "x",  "12",  "-",  "3.5",
                          "\"q\"", "\"\\n\"", ",",   ")",     ")",  "\n",  "\n", ";",
                          ".",     "?",       " ",   "[",     "]",  "=",   "<-", "+",
                          "//c",   "/*c*/",   "/*",  "W = [", "1",  "not", "{",  "def f(A) -> B {",
                          "}",     "param ",  "...", "\"",    "::", ":",   "*t", "domain D = {"};
  std::mt19937 random(kSeed);
  for (int program = 0; program < 20000 && !testing::Test::HasFailure(); ++program) {
    std::string text;
    for (unsigned length = random() % 24; length > 0; --length)
      text += pieces[random() % std::size(pieces)];
    expectSameBothWays(text);
  }
}

} // namespace
} // namespace tl::parse
