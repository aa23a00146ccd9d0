// Every form of statement, as its canonical text.
#include "tests/frontend/parse/ParseFixture.h"

#include <gtest/gtest.h>

namespace tl::parse {
namespace {

/// The only statement of a program.
template <class Node> const Node &only(const Parsed &parsed) {
  return std::get<Node>(parsed.program->statements.at(0).node);
}

TEST(Statement, EveryFormReadsBackAsItself) {
  const char *forms[] = {
      "Y[i] = relu(W[i, j] X[j] + B[i])",
      "Y[i] += X[i]",
      "Dist[y] min= Dist[x] + W[x, y], Edge(x, y)",
      "M max= X[i]",
      "Pooled[s, d] avg= Stream[6, s, p, d], p < Len[s]",
      "P *= X[i]",
      "Mask(q, k) = k <= q",
      "Ancestor(x, z) <- Ancestor(x, y), Parent(y, z), not Banned(z), x != z",
      "Parent(Alice, Bob)",
      "Parent(\"New York\", -3)",
      "Raining()",
      "0.7 :: Edge(A, B)",
      "W = [0.2, 1.9, -0.7, 3.0]",
      "W = [[1, 2], [3, 4]]",
      "Y?",
      "Y[2, j]?",
      "Ancestor(Alice, x)?",
      "dLoss/dW?",
      "X = \"data/x.npy\"",
      "Edge = \"e.csv\", header = 1",
      "Length[x, y] += \"roads.tsv\"",
      "\"out.npy\" = Y",
      "domain Person = {Alice, \"New York\"}",
      "domain Person = \"people.txt\"",
      "tensor W[i: 784, t: Word]: f32",
      "tensor Likes[x: Person, y: Person]: bool",
      "tensor T: f64",
      "param W[i: 784, j: N] ~ normal(0, 0.02)",
      "param W = [0.5, -1.0]",
      "param B = 0.5",
      "const T = 0.5",
      "S[b, h, p, q] = scores(Q[b, h, p, d], K[b, h, q, d]; scale = 0.5)",
      "(Out[p, d], State[d]) = step2(A[p, d])",
      "import std.attention",
      "learn Loss by adam(lr = 0.001), steps = 500, batch = e: 64",
      "embed Ancestor, Parent by dim = 1024, T = 0",
  };
  for (const char *form : forms)
    EXPECT_EQ(canonical(form), std::string(form) + "\n");
}

TEST(Statement, ADefinitionReadsBackAsItself) {
  std::string text = "def scores(A[..., p, d], B[..., q, d]; scale = 1) -> O[..., p, q] {\n"
                     "  O[..., p, q] = scale A[..., p, d] B[..., q, d]\n"
                     "}\n";
  EXPECT_EQ(canonical(text), text);
}

TEST(Statement, EveryFormOfIndexReadsBackAsItself) {
  for (const char *index :
       {"i + 1",   "i - 1", "x + dx", "2 * -x + dx", "2 x", "x / S",  "x % 2", "3",    "Alice",
        "\"a b\"", "4:8",   "4:8:2",  ":",           "3:",  ":4",     "::2",   "1:-1", "*t",
        "*t + 1",  "*0",    "p.",     "p'.",         "...", "Tok[p]", "_"}) {
    std::string text = std::string("Y = X[") + index + "]\n";
    EXPECT_EQ(canonical(text), text);
  }
}

TEST(Statement, TheThreeArrowsAreOne) {
  for (const char *arrow : {"<-", ":-", "\xE2\x86\x90"})
    EXPECT_EQ(canonical(std::string("P(x) ") + arrow + " Q(x)"), "P(x) <- Q(x)\n");
}

TEST(Statement, AnArrowIsReadOnlyAfterTheHead) {
  EXPECT_EQ(canonical("P(x) <- Q(x), x<-1"), "P(x) <- Q(x), x < -1\n");
  EXPECT_EQ(canonical("Y[x] = (x<-1), x<-2"), "Y[x] = x < -1, x < -2\n");
  EXPECT_EQ(canonical("Y = X[2:-1]"), "Y = X[2:-1]\n");
}

TEST(Statement, QueryTextHasNoBlanksButKeepsQuotes) {
  EXPECT_EQ(only<ast::Query>(*parseText("Likes( Ann , \"a  b\", i + 1 )?")).text, "Likes(Ann,\"a  b\",i+1)");
  EXPECT_EQ(only<ast::Query>(*parseText("dLoss / dW?")).text, "dLoss/dW");
}

TEST(Statement, DerivativeQueryNamesBothTensors) {
  auto parsed = parseText("dLoss / dW[ 2 , j ]?");
  EXPECT_EQ(only<ast::Query>(*parsed).head.name, "W");
  EXPECT_EQ(only<ast::Query>(*parsed).head.indices.size(), 2u);
  EXPECT_EQ(only<ast::Query>(*parsed).derived, "Loss");
  EXPECT_EQ(only<ast::Query>(*parsed).text, "dLoss/dW[2,j]");
}

TEST(Statement, ANumberAloneIsAnEquation) {
  EXPECT_TRUE(std::holds_alternative<ast::Equation>(parseText("W = 3")->program->statements[0].node));
  EXPECT_TRUE(std::holds_alternative<ast::Literal>(parseText("W = [3]")->program->statements[0].node));
}

TEST(Statement, EqualsInABodyIsAComparison) {
  EXPECT_EQ(canonical("Rep(l) <- Node(x), l == Label[x]"), "Rep(l) <- Node(x), l = Label[x]\n");
}

TEST(Statement, AtomsAndProductsDifferByABlank) {
  EXPECT_EQ(canonical("Y = R(x) S"), "Y = R(x) S\n");
  auto parsed = parseText("Y = R (x)");
  EXPECT_TRUE(std::holds_alternative<ast::Product>(only<ast::Equation>(*parsed).value->node));
  EXPECT_EQ(canonical("P(x) <- not(x = 3), Q(x)"), "P(x) <- not x = 3, Q(x)\n");
}

TEST(Statement, KeywordsAreVariablesElsewhere) {
  EXPECT_EQ(canonical("Y[by, param] = X[domain, by, param]"), "Y[by, param] = X[domain, by, param]\n");
}

TEST(Statement, RangesAreByteOffsets) {
  auto parsed = parseText("/* caf\xC3\xA9 */ Y = X[\"\xE2\x86\x90\", i]");
  const auto &equation = only<ast::Equation>(*parsed);
  EXPECT_EQ(parsed->sources.text(equation.head.range), "Y");
  EXPECT_EQ(parsed->sources.text(equation.value->range), "X[\"\xE2\x86\x90\", i]");
  EXPECT_EQ(parsed->sources.text(std::get<ast::Access>(equation.value->node).indices[1].range), "i");
}

TEST(Statement, ByteOrderMarkAndCarriageReturnsAreNotText) {
  EXPECT_EQ(canonical("\xEF\xBB\xBFY = 1\r\nZ = 2\r\n"), "Y = 1\nZ = 2\n");
}

} // namespace
} // namespace tl::parse
