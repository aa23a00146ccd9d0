// Where statements end.
#include "tests/frontend/parse/ParseFixture.h"

#include <gtest/gtest.h>

namespace tl::parse {
namespace {

TEST(Newline, EndsAStatementOutsideBrackets) {
  EXPECT_EQ(canonical("A = 1\n\n  B = 2\n"), "A = 1\nB = 2\n");
}

TEST(Newline, DoesNotCountInsideBrackets) {
  EXPECT_EQ(canonical("A[\n i\n] = f(\n X[i]\n Y[i]\n)\n"), "A[i] = f(X[i] Y[i])\n");
  EXPECT_EQ(canonical("domain P = {\n A,\n B\n}\n"), "domain P = {A, B}\n");
}

TEST(Newline, ContinuesAfterOperatorsArrowsAndCommas) {
  for (const char *op : {"+", "-", "*", "/", "%", "^", "<=", "!="})
    EXPECT_EQ(canonical(std::string("Y = a ") + op + "\n\n b"), canonical(std::string("Y = a ") + op + " b"));
  EXPECT_EQ(canonical("P(x) <-\n Q(x),\n not\n R(x)"), "P(x) <- Q(x), not R(x)\n");
  EXPECT_EQ(canonical("Y =\n 3"), "Y = 3\n");
}

TEST(Newline, AFactAfterAContinuedLineBelongsToTheRule) {
  EXPECT_EQ(canonical("P(x) <- Q(x),\nR(A)\nR(B)"), "P(x) <- Q(x), R(A)\nR(B)\n");
}

TEST(Newline, ACommentAfterAnOperatorDoesNotHideIt) {
  EXPECT_EQ(canonical("Y = a + // first\n b"), "Y = a + b\n");
  EXPECT_EQ(canonical("Y = a /* one\n two */ + b"), "Y = a + b\n");
}

TEST(Newline, SemicolonsPointsAndQuestionMarksEndStatements) {
  EXPECT_EQ(canonical("A = 1; B = 2;; C = 3"), "A = 1\nB = 2\nC = 3\n");
  EXPECT_EQ(canonical("P(A). Q(x) <- P(x). R(B)."), "P(A)\nQ(x) <- P(x)\nR(B)\n");
  EXPECT_EQ(canonical("A? B? C[i]?"), "A?\nB?\nC[i]?\n");
}

TEST(Newline, ANumberNeedsADigitAfterItsPoint) {
  EXPECT_EQ(canonical("R(x) <- P(x), x < 3. S(A)"), "R(x) <- P(x), x < 3\nS(A)\n");
  EXPECT_EQ(canonical("R(x) <- P(x), x < 3.5"), "R(x) <- P(x), x < 3.5\n");
}

TEST(Newline, SeparatesStatementsInADefinition) {
  EXPECT_EQ(
      canonical("def f(A[i])\n -> B[i]\n{\n // c\n B[i] = A[i] +\n 1; C[i] = 2\n\n D(x) <- E(x). }\nY = 1"),
      "def f(A[i]) -> B[i] {\n  B[i] = A[i] + 1\n  C[i] = 2\n  D(x) <- E(x)\n}\nY = 1\n");
}

TEST(Newline, StatementsInCommentsAreNotRead) {
  EXPECT_EQ(canonical("/* P(A)\nP(B) */ P(C) // P(D)\n//= P(E)"), "P(C)\n");
}

} // namespace
} // namespace tl::parse
