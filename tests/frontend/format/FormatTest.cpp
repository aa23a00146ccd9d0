// The one style, and that it neither changes a program nor itself.
#include "frontend/format/Format.h"

#include "frontend/ast/Printer.h"
#include "frontend/parse/Parser.h"
#include "frontend/parse/Tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

namespace tl::format {
namespace {

/// The formatted text, or what is wrong with it.
std::string formatted(std::string text) {
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::uint32_t file = sources.add("test.tl", std::move(text));
  return format(sources, file, diagnostics).value_or(source::renderAll(sources, diagnostics, false));
}

std::string treeOf(std::string text) {
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::uint32_t file = sources.add("test.tl", std::move(text));
  std::optional<ast::Program> program = parse::parse(sources, file, diagnostics);
  return program ? ast::printSorted(*program) : "";
}

TEST(Format, ChoosesBlanks) {
  EXPECT_EQ(formatted("Y[ i ]=relu( W [i , j]X[j]+B[i] )"), "Y[i] = relu(W[i,j] X[j] + B[i])\n");
  EXPECT_EQ(formatted("P(x,z):-Q(x,y),R( y , z),T (2)>1"), "P(x, z) <- Q(x, y), R(y, z), T (2) > 1\n");
  EXPECT_EQ(formatted("Y[i] max=-X[i + 1,2 * x+dx]^-2"), "Y[i] max= -X[i+1,2*x+dx]^-2\n");
  EXPECT_EQ(formatted("Y=sum [ i,j ] (A[i,j]*2-B)/(3%2)"), "Y = sum[i,j](A[i,j] * 2 - B) / (3 % 2)\n");
  EXPECT_EQ(formatted("Y[i . ]=lnorm(X[i];eps=1e-5),i<=3,not Q(i)"),
            "Y[i.] = lnorm(X[i]; eps = 1e-5), i <= 3, not Q(i)\n");
  EXPECT_EQ(formatted("H[ * t+1]=H[*t]+U[t]"), "H[*t+1] = H[*t] + U[t]\n");
  EXPECT_EQ(formatted("P(x) <- x <-1, not(Q(x))"), "P(x) <- x < -1, not (Q(x))\n");
  EXPECT_EQ(formatted("Y = X[4 : 8 : 2]+X[ : -1]"), "Y = X[4:8:2] + X[:-1]\n");
}

TEST(Format, LaysOutEveryStatement) {
  EXPECT_EQ(formatted("tensor W[i:784,t:Word]:f32"), "tensor W[i: 784, t: Word]: f32\n");
  EXPECT_EQ(formatted("param W[i:7]~normal(0,0.02)"), "param W[i: 7] ~ normal(0, 0.02)\n");
  EXPECT_EQ(formatted("domain D={ Ann,Bob , }"), "domain D = {Ann, Bob,}\n");
  EXPECT_EQ(formatted("0.7::Edge(A,B)"), "0.7 :: Edge(A, B)\n");
  EXPECT_EQ(formatted("dLoss / dW ?"), "dLoss/dW?\n");
  EXPECT_EQ(formatted("import std.attention"), "import std.attention\n");
  EXPECT_EQ(formatted("learn Loss by adam(lr=1e-3),batch=e:64"),
            "learn Loss by adam(lr = 1e-3), batch = e: 64\n");
  EXPECT_EQ(formatted("(A[p],B[d])=f(Q[b,p];s=2)"), "(A[p], B[d]) = f(Q[b,p]; s = 2)\n");
  EXPECT_EQ(formatted("W=[[1,-2],[3,4]]"), "W = [[1, -2], [3, 4]]\n");
  EXPECT_EQ(formatted("def f(A[...,p];s=1)->O[...,p]{\nO[...,p]=s A[...,p]\n\n// done\n}"),
            "def f(A[...,p]; s = 1) -> O[...,p] {\n  O[...,p] = s A[...,p]\n\n  // done\n}\n");
  EXPECT_EQ(formatted("def f(A[p]) -> O[p] {O[p]=A[p];T=1}"), "def f(A[p]) -> O[p] { O[p] = A[p]; T = 1 }\n");
}

TEST(Format, EndsStatementsByLines) {
  EXPECT_EQ(formatted("P(A).\nQ(x) <- P(x), x < 3.;\nR(B). S(C);;T(D)"),
            "P(A)\nQ(x) <- P(x), x < 3\nR(B); S(C); T(D)\n");
  EXPECT_EQ(formatted("Y?Z?\n"), "Y?; Z?\n");
}

TEST(Format, KeepsBlankLinesAndComments) {
  EXPECT_EQ(formatted("\n\n// a  \n\n\n\nX = 1// b\nLong = 2   //c\n/* d\n  e */\nY /* f */ = 3\r\n\n"),
            "// a\n\nX = 1     // b\nLong = 2  //c\n/* d\n  e */\nY /* f */ = 3\n");
  EXPECT_EQ(formatted("// only"), "// only\n");
  EXPECT_EQ(formatted(" \n\n"), "");
  EXPECT_EQ(formatted("X = [1]\nX?\n//=   [1]\n"), "X = [1]\nX?\n//=   [1]\n");
}

TEST(Format, IndentsWhatContinues) {
  EXPECT_EQ(
      formatted("P(x) <- Q(x),\nR(x)\nW = [[1, 2],\n[3, 4]]\nV = [\n1,\n2\n]\nY = f(A +\nB,\nC)\n"),
      "P(x) <- Q(x),\n    R(x)\nW = [[1, 2],\n     [3, 4]]\nV = [\n  1,\n  2\n]\nY = f(A +\n      B,\n      C)\n");
}

TEST(Format, LeavesWrongProgramsAlone) {
  EXPECT_EQ(formatted("Y[i] = X[i"), "test.tl:1:11: error: expected ']' to close '[' opened at 1:9\n"
                                     "  1 | Y[i] = X[i\n    |           ^\n    |         ^ opened here\n");
}

// --- Random layouts of the programs of the repository.

std::vector<std::string> programsOfTheRepository() {
  std::vector<std::string> texts;
  for (const char *folder : {"/programs", "/diagnostics", "/../examples", "/../stdlib", "/passes"})
    for (const auto &entry :
         std::filesystem::recursive_directory_iterator(TL_TESTS_FOLDER + std::string(folder)))
      if (entry.path().extension() == ".tl") {
        std::ifstream stream(entry.path());
        texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
      }
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// The same tokens with other blanks and comments, and newlines wherever they end nothing.
std::string shuffled(const std::string &text, std::mt19937 &random) {
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::uint32_t file = sources.add("test.tl", text);
  auto pick = [&](unsigned count) { return random() % count; };
  static const char *const kBlanks[] = {" ",       "  ", "\t",       " /* c */ ",  " /*d*/",
                                        " // e\n", "\n", "\r\n\r\n", " /* f\n g*/"};
  std::string out;
  int brackets = 0, braces = 0;
  for (const parse::Token &token : parse::tokenize(sources, file, diagnostics)) {
    std::string_view word = std::string_view(text).substr(token.begin, token.end - token.begin);
    bool mayBreak = brackets > 0 && pick(3) == 0;
    if (token.startsStatement && !out.empty())
      out += pick(3) || braces > 0 ? pick(4) ? "\n" : "\n\n\n // own line\n" : ";";
    else if (!out.empty() && word != "." && out.back() != '.') // a module's name has no blanks
      out += kBlanks[pick(mayBreak ? 9 : 5)];
    out += word;
    brackets += word.back() == '(' || word == "[";
    brackets -= word == ")" || word == "]";
    braces += word == "{";
    braces -= word == "}";
  }
  return out + (pick(2) ? "\n" : "");
}

void expectSameProgram(const std::string &text) {
  std::string tree = treeOf(text);
  if (tree.empty())
    return;
  std::string once = formatted(text);
  ASSERT_EQ(treeOf(once), tree) << "of:\n" << text << "\nformatted:\n" << once;
  ASSERT_EQ(formatted(once), once) << "of:\n" << text;
}

TEST(Format, KeepsEveryProgramOfTheRepository) {
  for (const std::string &text : programsOfTheRepository())
    expectSameProgram(text);
}

TEST(Format, KeepsProgramsInRandomLayouts) {
  constexpr unsigned seed = 20251130;
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  for (const std::string &text : programsOfTheRepository())
    for (int round = 0; round < 5 && text.size() < 20000; ++round) {
      std::string other = shuffled(text, random);
      if (treeOf(text).empty())
        break;
      ASSERT_EQ(treeOf(other), treeOf(text)) << "the test's own layout, seed " << seed << ":\n" << other;
      expectSameProgram(other);
      if (HasFatalFailure())
        return;
    }
}

} // namespace
} // namespace tl::format
