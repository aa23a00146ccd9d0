// Extents, domains and types that follow from the text alone.
#include "tests/frontend/sema/CheckedText.h"

namespace tl::sema {
namespace {

TEST(AxisClasses, PlainVariablesJoin) {
  CheckedText checked("W = [[1, 2, 3], [4, 5, 6]]\nX = [1, 2, 3]\nY[i] = W[i,j] X[j]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_TRUE(checked.sharesClass("W", 1, "X", 0));
  EXPECT_TRUE(checked.sharesClass("W", 0, "Y", 0));
  EXPECT_FALSE(checked.sharesClass("W", 0, "W", 1));
  EXPECT_EQ(checked.axis("X", 0).hard.size(), 2u);
}

TEST(AxisClasses, AffineUseJoinsNothingAndFreesTheLeftAxis) {
  CheckedText checked("X = [1, 2, 3]\nD[i] = X[i+1] - X[i]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_FALSE(checked.sharesClass("D", 0, "X", 0));
  EXPECT_TRUE(checked.axis("D", 0).isComputed);
}

TEST(AxisClasses, ReadPastTheEndOfTheOwnComponentBoundsNothing) {
  CheckedText checked("R = [1.0, 2.0]\nG[t] = R[t] + 0.9 G[t+1]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_TRUE(checked.sharesClass("G", 0, "R", 0));
  EXPECT_TRUE(checked.program->equations[0].terms[1].value->operands[1]->indices[0].isSelfRead);
}

TEST(AxisClasses, ReadBeforeTheStartBounds) {
  CheckedText checked("W = [[[1.0]]]\nX[0,k] = W[k,k,k]\nX[i,j] = sig(W[i,j,k] X[i-1,k])\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_FALSE(checked.sharesClass("X", 0, "W", 0));
  EXPECT_TRUE(checked.axis("X", 0).isComputed);
}

TEST(AxisClasses, OffsetOnTheLeftMakesARecurrenceAxis) {
  CheckedText checked("W = [[1, 1], [1, 0]]\nX[0,0] = 1\nX[i,t+1] = W[i,j] X[j,t]\nX[0,5]?\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_TRUE(checked.axis("X", 1).isRecurrence);
  EXPECT_EQ(checked.axis("X", 1).softExtent, 1);
  EXPECT_TRUE(checked.sharesClass("X", 0, "W", 0));
}

TEST(AxisClasses, DivisionOnTheLeftIsComputed) {
  CheckedText checked("F = [1, 2, 3, 4]\nS = 2\nP[x/S] = F[x]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_TRUE(checked.axis("P", 0).isComputed);
  EXPECT_EQ(checked.program->equations.back().head[0].divisor, 2);
}

TEST(AxisClasses, DeclaredExtentDoesNotJoinItsOwnLeftSide) {
  CheckedText checked("A = [1.0, 2.0]\ntensor W[i: 5]: f64\nW[i] = A[i]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_FALSE(checked.sharesClass("W", 0, "A", 0));
  EXPECT_EQ(checked.tensor("W").elementType, runtime::ElementType::F64);
}

TEST(AxisClasses, ReportsKindClashWhereTheVariableJoins) {
  CheckedText checked("P(Ann, Bob)\nQ(1)\nR(x) <- P(x, y), Q(x)\n");
  ASSERT_EQ(checked.reports().size(), 1u) << checked.rendered();
  EXPECT_EQ(checked.reports()[0],
            "KindClash 3: index 'x' runs over integers in one place and over symbols in another");
  EXPECT_EQ(checked.diagnostics.all()[0].labels.size(), 2u);
}

TEST(AxisClasses, ArrayRowsMayStandForSymbolsOfADeclaredDomainOnly) {
  std::string use = "Emb = [[1.0], [2.0]]\nLikes(Ann, Bob)\nY[d] = Likes(x,y) Emb[y,d]\n";
  EXPECT_EQ(onlyReport(use),
            "KindClash 3: index 'y' runs over integers in one place and over symbols in another");
  CheckedText checked("domain Person = {Ann, Bob}\ntensor Likes[x: Person, y: Person]: bool\n" + use);
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(checked.axis("Emb", 0).domain, "Person");
}

TEST(AxisClasses, ReportsTwoDomains) {
  EXPECT_EQ(
      onlyReport("domain A = {X}\ndomain B = {Y}\ntensor P[x: A]: bool\ntensor Q[x: B]: bool\nP(X)\nQ(Y)\n"
                 "R(x) <- P(x), Q(x)\n"),
      "DomainClash 7: index 'x' runs over domain 'B' and over domain 'A'");
}

TEST(AxisClasses, ComparedVariablesShareADomain) {
  CheckedText checked("P(Ann)\nQ(Bob)\nR(x,y) <- P(x), Q(y), x != y\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_TRUE(checked.sharesClass("P", 0, "Q", 0));
}

TEST(AxisClasses, ComparedIntegersDoNotShareAnExtent) {
  CheckedText checked("A = [1, 2]\nB = [1, 2, 3]\nY[i,j] = A[i] B[j], i != j\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_FALSE(checked.sharesClass("A", 0, "B", 0));
}

TEST(AxisClasses, SymbolOfAComparisonBelongsToTheVariablesDomain) {
  CheckedText checked("P(Ann, Bob)\nR(x) <- P(x,y), y != Cal\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Expr &comparison = *checked.program->equations[0].guards[1].expr;
  EXPECT_EQ(comparison.operands[1]->index.symbolClass, checked.tensor("P").axes[1]);
}

TEST(Types, IntegersStayIntegersUntilDivision) {
  CheckedText checked("A = [1, 2]\nS = A[i]\nM = A[i] / 2\nR = [0.5]\nT = R[i]\nK = A[i]^2\nC = "
                      "count[i](R[i])\nV avg= A[i]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  for (const char *name : {"A", "S", "K", "C"})
    EXPECT_EQ(checked.tensor(name).elementType, runtime::ElementType::I64) << name;
  for (const char *name : {"M", "R", "T", "V"})
    EXPECT_EQ(checked.tensor(name).elementType, runtime::ElementType::F32) << name;
}

TEST(Types, RecursionSettlesOnRealWhenSomethingIs) {
  CheckedText checked("X[0] = 1\nX[t+1] = 0.5 X[t]\nX[3]?\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(checked.tensor("X").elementType, runtime::ElementType::F32);
}

TEST(Types, FileReadAsAnIndexHoldsIntegers) {
  CheckedText checked("Tok = \"tok.npy\"\nEmb = \"emb.npy\"\nX[p,d] = Emb[Tok[p],d]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(checked.tensor("Tok").elementType, runtime::ElementType::I64);
  EXPECT_EQ(checked.tensor("Emb").elementType, runtime::ElementType::F32);
}

TEST(Types, ReportsRealIndex) {
  EXPECT_EQ(onlyReport("Tok = [0.5]\nEmb = [1]\nX[p] = Emb[Tok[p]]\n"),
            "TypeMismatch 3: an index is an integer, this is a real number");
}

} // namespace
} // namespace tl::sema
