// Every message of the parser, with its place.
#include "tests/frontend/parse/ParseFixture.h"

#include <gtest/gtest.h>

namespace tl::parse {
namespace {

struct Mistake {
  const char *text;
  const char *messages;
};

void PrintTo(const Mistake &mistake, std::ostream *out) {
  *out << mistake.text;
}

class SyntaxError : public testing::TestWithParam<Mistake> {};

TEST_P(SyntaxError, IsReportedWhereItIs) {
  EXPECT_EQ(messages(GetParam().text), GetParam().messages);
}

INSTANTIATE_TEST_SUITE_P(
    Brackets, SyntaxError,
    testing::Values(
        Mistake{"Y[i] = relu(X[i]\nZ = 3", "1:17 expected ')' to close '(' opened at 1:12\n"},
        Mistake{"Y[i = X[i]\nZ = 3 +", "1:4 expected ']' to close '[' opened at 1:2, found '='\n"
                                       "2:8 expected a value after '+', found the end of the file\n"},
        Mistake{"Y[i) = X[i]\nZ = 3 )",
                "1:4 expected ']' to close '[' opened at 1:2, found ')'\n2:7 ')' closes nothing\n"},
        Mistake{"domain P = {A", "1:14 expected '}' to close '{' opened at 1:12\n"},
        Mistake{"def f(A[i]) -> B[i] {\n  B[i] = A[i\n}\nY = *",
                "2:13 expected ']' to close '[' opened at 2:11\n4:5 expected an expression or a list after "
                "'=', found '*'\n"}));

INSTANTIATE_TEST_SUITE_P(
    Heads, SyntaxError,
    testing::Values(Mistake{"y[i] = 3", "1:1 'y' does not begin a statement\n"},
                    Mistake{"domian P = {A}", "1:1 'domian' does not begin a statement\n"},
                    Mistake{"relu(x) = 3", "1:1 'relu' does not begin a statement\n"},
                    Mistake{"P (x) <- Q(x)", "1:1 a blank separates 'P' from its '('\n"},
                    Mistake{"Y == 3", "1:3 an equation is written with '='\n"},
                    Mistake{"Y := 3", "1:3 an equation is written with '='\n"},
                    Mistake{"Y -= 3", "1:3 there is no operator '-='\n"},
                    Mistake{"P(x) -> Q(x)", "1:6 an arrow points to the head of its rule\n"},
                    Mistake{"Y[i] X", "1:5 expected '=', '<-' or '?' after 'Y[i]', found 'X'\n"},
                    Mistake{"W[0, 1]", "1:8 expected '=', '<-' or '?' after 'W[0, 1]'\n"},
                    Mistake{"P(A, x)", "1:6 a fact has no variables, but 'x' is one\n"},
                    Mistake{"domain P = {A, b}", "1:16 expected a symbol after ',', found 'b'\n"},
                    Mistake{"P(A, i + 1)", "1:6 a fact has no variables, but 'i' is one\n"},
                    Mistake{"not P(x)", "1:1 expected a statement, found 'not'\n"},
                    Mistake{"3 = Y", "1:3 expected '::' after '3', found '='\n"}));

INSTANTIATE_TEST_SUITE_P(
    Characters, SyntaxError,
    testing::Values(Mistake{"Y = X @ 3", "1:7 unexpected character '@'\n"},
                    Mistake{"Y = X \xE2\x89\xA4 3", "1:7 unexpected character U+2264\n"},
                    Mistake{"Y = \"abc", "1:5 the quoted text is not closed on its line\n"},
                    Mistake{"Y = 3 /* abc\nZ = ", "1:7 the comment is not closed\n"},
                    Mistake{"/* abc", "1:1 the comment is not closed\n"},
                    Mistake{"Y = X[_a]", "1:7 a name starts with a letter\n"},
                    Mistake{"P(\"a\\q\")", "1:3 unknown escape in quoted text\n"},
                    Mistake{"Y = 1\n\xFF", "2:1 the file is not valid UTF-8: byte 0xFF at offset 6\n"}));

INSTANTIATE_TEST_SUITE_P(
    Expressions, SyntaxError,
    testing::Values(Mistake{"Y = a < b < c", "1:11 comparisons do not chain\n"},
                    Mistake{"Y = 99999999999999999999", "1:5 an integer beyond 64 bits\n"},
                    Mistake{"Y = 1e999", "1:5 a number beyond the range of 64-bit reals\n"},
                    Mistake{"Y = X[]", "1:7 expected an index after '[', found ']'\n"},
                    Mistake{"P(x,) <- Q(x)", "1:5 expected an index after ',', found ')'\n"},
                    Mistake{"Y = sum[](X)", "1:9 expected a lower-case name after '[', found ']'\n"},
                    Mistake{"Y = lnorm(x; 3)", "1:14 expected a name after ';', found '3'\n"},
                    Mistake{"P(x) <- Q(x), , R(x)", "1:15 expected a value after ',', found ','\n"},
                    Mistake{"Y = X[*a:b]", "1:7 a slice cannot be a virtual index\n"},
                    Mistake{"Y = f(x; a = b: 3)",
                            "1:15 only 'batch' of a 'learn' statement has a size after ':'\n"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, SyntaxError,
    testing::Values(Mistake{"W = [[1, 2], [3]]", "1:14 a row of 1 element where the first has 2\n"},
                    Mistake{"W = [1, [2]]", "1:9 numbers and lists are mixed at one depth of a list\n"},
                    Mistake{"W = [[1], 2]", "1:11 numbers and lists are mixed at one depth of a list\n"},
                    Mistake{"W = [[], [1]]", "1:10 a row of 1 element where the first has 0\n"},
                    Mistake{"W = [1, x]",
                            "1:9 expected a number, as a list holds numbers only, after ',', found 'x'\n"},
                    Mistake{"W max= [1]", "1:3 a list is given with '='\n"}));

INSTANTIATE_TEST_SUITE_P(
    Statements, SyntaxError,
    testing::Values(
        Mistake{"X = 3.", "1:6 '.' ends facts and rules only\n"},
        Mistake{"Y[i] = 3. + X[i]\nZ = ", "1:9 '.' ends facts and rules only\n2:4 expected an expression or "
                                          "a list after '=', found the end of the file\n"},
        Mistake{"P(x) <-", "1:8 expected a value after '<-', found the end of the file\n"},
        Mistake{"learn Loss", "1:11 expected 'by' after 'Loss', found the end of the file\n"},
        Mistake{"learn Loss by sgd, batch = 3",
                "1:20 a batch is written 'batch = e: 64', a variable and a size\n"},
        Mistake{"const t = 3", "1:7 expected an upper-case name after 'const', found 't'\n"},
        Mistake{"import Std", "1:8 expected a lower-case name after 'import', found 'Std'\n"},
        Mistake{"X = \"a.csv\", Q(x)", "1:14 expected an option of the file, as in 'header = true'\n"},
        Mistake{"dLoss/dW", "1:9 expected '?' after 'dW', found the end of the file\n"},
        Mistake{"loss/dW?",
                "1:1 a derivative is written 'dLoss/dW?', with 'd' before the name of a tensor\n"},
        Mistake{"2 :: P(A)", "1:1 a probability is at most 1\n"},
        Mistake{"domain P = {A, B, A}", "1:19 'A' stands twice in the domain\n"},
        Mistake{"param W[i: 3] = [1, 2]",
                "1:7 a parameter is given by a value or by a declaration, not by both\n"},
        Mistake{"(A, B) = 3", "1:10 several results come from a call only\n"}));

TEST(Recovery, FindsOneErrorInEveryWrongStatement) {
  EXPECT_EQ(messages("A = + +\nB = 1\nC = 2 )\n\nD = (3,\nE = 1\nF[x\nG = 3"),
            "1:5 expected an expression or a list after '=', found '+'\n"
            "3:7 ')' closes nothing\n"
            "5:7 '( )' groups one value, found ','\n"
            "7:4 expected ']' to close '[' opened at 7:2\n");
}

TEST(Recovery, StopsAfterAHundredErrors) {
  std::string text;
  for (int n = 0; n < 5000; ++n)
    text += "Y[i = 3\n";
  std::string found = messages(text);
  EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), 101);
  EXPECT_NE(found.find("more errors follow, they are not shown"), std::string::npos);
}

TEST(Recovery, ShowsWhereABracketWasOpened) {
  EXPECT_EQ(parseText("Y = f(X\n")->rendered, "test.tl:1:8: error: expected ')' to close '(' opened at 1:6\n"
                                              "  1 | Y = f(X\n"
                                              "    |        ^\n"
                                              "    |      ^ opened here\n");
}

} // namespace
} // namespace tl::parse
