// What names stand for: tensors and their kinds, constants, symbols, queries.
#include "tests/frontend/sema/CheckedText.h"

namespace tl::sema {
namespace {

TEST(Names, KindFollowsTheDefinition) {
  CheckedText checked(
      "P(1)\nQ(x) <- P(x)\nR(x) = P(x)\nD[0] = 4\nE[x] = P(x)\nF = \"f.csv\"\nG[x,y] = \"g.csv\"\n"
      "T = \"t.txt\"\nL = [1, 2]\nS = 2\nB = P\nY = F(x,y) G[x,y] T(x,y)\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  for (const char *name : {"P", "Q", "R", "F", "T", "B"})
    EXPECT_EQ(checked.tensor(name).kind, TensorKind::Relation) << name;
  for (const char *name : {"D", "E", "G", "L", "S"})
    EXPECT_EQ(checked.tensor(name).kind, TensorKind::Dense) << name;
}

TEST(Names, BracketsAndParenthesesAreOneTensor) {
  EXPECT_EQ(checkedLast("P(1)\nY[x] = P[x]\n"), "Y[x] = P(x)");
}

TEST(Names, ReportsArityClashWithBothPlaces) {
  CheckedText checked("P(Ann, Bob)\nQ(x) <- P(x)\n");
  ASSERT_EQ(checked.reports().size(), 1u) << checked.rendered();
  EXPECT_EQ(checked.reports()[0], "ArityClash 2: 'P' has 1 index here but 2 indices elsewhere");
  EXPECT_EQ(checked.diagnostics.all()[0].labels.size(), 2u);
}

TEST(Names, ReportsBareTensorWithIndices) {
  EXPECT_EQ(onlyReport("A = [1, 2]\nY = 2 A\n"), "ArityClash 2: 'A' is used without indices but has 1");
}

TEST(Names, ReportsMixedOperatorsAndKinds) {
  EXPECT_EQ(onlyReport("A = [1]\nY[i] = A[i]\nY[i] max= A[i]\n"),
            "MixedOperators 3: 'Y' is defined with 'max=' here but with '=' elsewhere");
  EXPECT_EQ(onlyReport("P(1)\nP[2] = 3\n"),
            "TypeMismatch 1: 'P' is defined as a relation here but as a tensor of numbers elsewhere");
}

TEST(Names, UpperCaseNameInAnIndexIsAnIntegerOrASymbol) {
  EXPECT_EQ(checkedLast("const N = 1\nS = 2\nP(0, 1, 2, Ann)\nQ(x) <- P(x, N, S, Ann)\n"),
            "Q(x) <- P(x,1,2,Ann)");
}

TEST(Names, ReportsNameThatIsSymbolAndNumber) {
  CheckedText checked("Ann = 2.5\nP(Ann, Bob)\n");
  ASSERT_EQ(checked.reports().size(), 1u) << checked.rendered();
  EXPECT_EQ(checked.reports()[0], "SymbolOrConstant 2: 'Ann' is a symbol here but a number elsewhere");
  EXPECT_EQ(checked.diagnostics.all()[0].fix->replacement, "\"Ann\"");
}

TEST(Names, QuotedCellIsASymbolEvenWhenAConstantHasItsName) {
  CheckedText checked("const Ann = 2\nP(\"Ann\", Bob)\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(checked.axis("P", 0).kind, AxisClass::Kind::Symbol);
}

TEST(Names, ConstantsUseEachOtherInAnyOrder) {
  EXPECT_EQ(checkedLast("const H = D / 2\nconst D = 2^3\nP(4)\nQ() <- P(H)\n"), "Q <- P(4)");
}

TEST(Names, CommandLineBindsConstants) {
  CheckedText checked("const N = 1\nP(x) <- Q(x, N)\nQ(1, 5)\n", {.constants = {{"N", 5}}});
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(dump(*checked.program), "P(x) <- Q(x,5)\n");
}

TEST(Names, WarnsOfUndefinedTensorAndSuggests) {
  CheckedText checked("Weight = [1, 2]\nY[i] = Wieght[i] Weight[i]\n");
  ASSERT_TRUE(checked.program);
  ASSERT_EQ(checked.reports().size(), 1u);
  EXPECT_EQ(checked.reports()[0], "UndefinedTensor 2: nothing defines 'Wieght', it is 0");
  ASSERT_TRUE(checked.diagnostics.all()[0].fix);
  EXPECT_EQ(checked.diagnostics.all()[0].fix->replacement, "Weight");
  EXPECT_TRUE(checked.tensor("Wieght").isUndefined);
}

TEST(Names, ReportsFunctions) {
  EXPECT_EQ(onlyReport("A = [1]\nY[i] = rleu(A[i])\n"), "UnknownFunction 2: no function is called 'rleu'");
  EXPECT_EQ(onlyReport("A = [1]\nY[i] = clamp(A[i])\n"), "ArgumentCount 2: 'clamp' takes 3 arguments, not 1");
}

TEST(Queries, KindFollowsTheForm) {
  CheckedText checked(
      "P(Ann, Bob)\nY = [1, 2]\nP(Ann, x)?\nP(Ann, Bob)?\nP?\nP[Ann,x]?\nY?\nY[1]?\nP(Ann,_)?\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  std::vector<Query::Kind> kinds;
  for (const Query &query : checked.program->queries)
    kinds.push_back(query.kind);
  using enum Query::Kind;
  EXPECT_EQ(kinds, (std::vector{Relation, Truth, Relation, Tensor, Tensor, Tensor, Truth}));
  EXPECT_TRUE(checked.program->queries[2].isBare);
  EXPECT_EQ(checked.program->queries[5].arguments[0].integer, 1);
}

TEST(Queries, ReportsWrongArity) {
  EXPECT_EQ(onlyReport("Y = [1, 2]\nY[1,2]?\n"),
            "ArityClash 2: 'Y' has 2 indices here but 1 index elsewhere");
}

} // namespace
} // namespace tl::sema
