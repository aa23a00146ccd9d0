// Rules 0 to 6: where an index is summed.
#include "tests/frontend/sema/CheckedText.h"

namespace tl::sema {
namespace {

/// A, B, C of rank 1, 2 and 0; relation E; in this order.
std::string data(const std::string &line) {
  return "A = [1, 2, 3]\nB = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]\nC = 2\nE(0, 1)\n" + line + "\n";
}

std::string sums(const std::string &line) {
  return checkedLast(data(line));
}

TEST(Projection, TermWithoutTheIndexCountsOnce) {
  EXPECT_EQ(sums("Y = A[i] A[i] + C"), "Y = sum[i](A[i] * A[i]) + C");
  EXPECT_EQ(sums("Y = relu(A[i] B[i,j] + C)"), "Y = relu(sum[i,j](A[i] * B[i,j]) + C)");
}

TEST(Projection, ParenthesisedSumThatIsAFactorIsAPlace) {
  EXPECT_EQ(sums("Y = 2 (A[i] + C)"), "Y = 2 * (sum[i](A[i]) + C)");
  EXPECT_EQ(sums("Y[j] = B[j,i] (A[i] + C)"), "Y[j] = sum[i](B[j,i] * (A[i] + C))");
  EXPECT_EQ(sums("Y = -(A[i] + C)"), "Y = -sum[i](A[i]) - C");
}

TEST(Projection, ContractedIndexIsSummedInsideThePower) {
  EXPECT_EQ(sums("K[i,k] = (B[i,j] B[k,j])^2"), "K[i,k] = sum[j](B[i,j] * B[k,j])^2");
  EXPECT_EQ(sums("K = (A[e] - B[e,i] A[i])^2"), "K = sum[e]((A[e] - sum[i](B[e,i] * A[i]))^2)");
}

TEST(Projection, OtherIndexIsSummedAtThePowerArgumentOrTerm) {
  EXPECT_EQ(sums("K[i,k] = (B[i,j] - B[k,j])^2"), "K[i,k] = sum[j]((B[i,j] - B[k,j])^2)");
  EXPECT_EQ(sums("Y = relu(B[i,j])"), "Y = relu(sum[i,j](B[i,j]))");
  EXPECT_EQ(sums("Y = 3 A[i]"), "Y = sum[i](3 * A[i])");
  EXPECT_EQ(sums("Y = sqrt((A[i] - 1)^2)"), "Y = sqrt(sum[i]((A[i] - 1)^2))");
}

TEST(Projection, QuotientCountsAsProduct) {
  EXPECT_EQ(sums("Y = A[i] / (A[k] A[k])"), "Y = sum[i](A[i] / sum[k](A[k] * A[k]))");
  EXPECT_EQ(sums("Y = A[i] / (A[i] + 1)"), "Y = sum[i](A[i] / (A[i] + 1))");
}

TEST(Projection, ReportsIndexOfADenominatorOnly) {
  EXPECT_EQ(onlyReport(data("Y = 1 / A[i]")),
            "DenominatorIndex 5: index 'i' occurs only in a denominator or exponent");
  EXPECT_EQ(onlyReport(data("Y = 2 ^ A[i]")),
            "DenominatorIndex 5: index 'i' occurs only in a denominator or exponent");
  EXPECT_EQ(onlyReport(data("Y = C / (A[i] + 3)")),
            "DenominatorIndex 5: index 'i' occurs only in a denominator or exponent");
}

TEST(Projection, ReportsIndexContractedInsideAndUsedOutside) {
  EXPECT_EQ(onlyReport(data("Y = silu(B[f,i] A[i]) B[f,i]")),
            "IndexInsideAndOutside 5: index 'i' is summed inside this function but also occurs outside it");
  EXPECT_EQ(sums("Y = silu(B[f,i] A[i]) B[f,k]"), "Y = sum[f,k](silu(sum[i](B[f,i] * A[i])) * B[f,k])");
}

TEST(Projection, FixesCompile) {
  for (const char *line :
       {"Y = 1 / (A[i] - 3)", "Y = 2 ^ A[i]", "Y = silu(B[f,i] A[i]) B[f,i]", "Y = C / A[i]^2"}) {
    std::string text = data(line);
    CheckedText wrong(text);
    ASSERT_EQ(wrong.reports().size(), 1u) << wrong.rendered();
    const source::Fix &fix = *wrong.diagnostics.all()[0].fix;
    text.replace(fix.range.begin, fix.range.end - fix.range.begin, fix.replacement);
    CheckedText right(text);
    EXPECT_TRUE(right.program && right.reports().empty()) << text << right.rendered();
  }
}

TEST(Projection, ComparisonIsSummedOutside) {
  EXPECT_EQ(sums("N = (A[i] A[i] > 2)"), "N = sum[i](A[i] * A[i] > 2)");
}

TEST(Projection, OtherOperatorsCombineAtTheEquation) {
  EXPECT_EQ(sums("P[x/2] max= relu(B[d,d] A[x+d])"), "P[x/2] max= relu(sum[d](B[d,d] * A[x+d]))");
  EXPECT_EQ(sums("M max= relu(A[i])"), "M max= relu(A[i])");
  EXPECT_EQ(sums("M min= A[i] + B[i,j]"), "M min= A[i] + B[i,j]");
}

TEST(Projection, BooleanFactorDropsUnderOtherOperators) {
  CheckedText checked(data("M[i] max= A[j] E(i,j) (j > 0)"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Equation &equation = checked.program->equations.back();
  EXPECT_EQ(toString(*checked.program, equation), "M[i] max= E(i,j) * A[j], j > 0");
  EXPECT_EQ(equation.terms[0].literals.size(), 1u);
  EXPECT_EQ(equation.guards.size(), 1u);
}

TEST(Projection, ExplicitReductionIsNotSplit) {
  EXPECT_EQ(sums("Y = sum[j](A[j] + C)"), "Y = sum[j](A[j] + C)");
  EXPECT_EQ(sums("Y[i] = A[i] / sum[i](A[i])"), "Y[i] = A[i] / sum[i](A[i])");
  EXPECT_EQ(sums("Y[x] = count[y](E(x,y))"), "Y[x] = count[y](E(x,y))");
}

TEST(Projection, RelationFactorOfATermIsALiteral) {
  CheckedText checked(data("N[x,z] = E(x,y) E(y,z)"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Term &term = checked.program->equations.back().terms[0];
  ASSERT_EQ(term.literals.size(), 2u);
  EXPECT_EQ(term.literals[0].kind, Guard::Kind::Positive);
  EXPECT_EQ(term.value->kind, Expr::Kind::Number);
  EXPECT_EQ(term.projected.size(), 1u);
  EXPECT_EQ(checked.tensor("N").elementType, runtime::ElementType::I64);
}

TEST(Projection, RelationInsideAFunctionDropsOnlyItsOwnTerm) {
  CheckedText checked(data("Y[d] = relu(E(d,d) A[d] + 1)"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Expr &sum = *checked.program->equations.back().terms[0].value->operands[0];
  ASSERT_EQ(sum.function, "add");
  EXPECT_EQ(sum.operands[0]->kind, Expr::Kind::Project);
  EXPECT_TRUE(sum.operands[0]->variables.empty());
  EXPECT_EQ(sum.operands[0]->operands[0]->operands[0]->kind, Expr::Kind::Literal);
}

TEST(Projection, RelationElsewhereIsATest) {
  CheckedText checked(data("Y[x] = exp(1 - E(x,x))"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Expr &argument = *checked.program->equations.back().terms[0].value->operands[0];
  ASSERT_EQ(argument.function, "sub");
  // The relation is a term of its own, in a scope that makes it 0 or 1.
  EXPECT_EQ(argument.operands[1]->kind, Expr::Kind::Project);
}

TEST(Projection, ComparisonFactorSelects) {
  EXPECT_EQ(sums("Y[i] = A[i] (i > 0)"), "Y[i] = where(i > 0, A[i], 0)");
  EXPECT_EQ(sums("Y[q,k] = (k <= q)"), "Y[q,k] = (k <= q)");
}

TEST(Projection, SubtractedTermsKeepTheirSign) {
  EXPECT_EQ(sums("Y[x] = A[x] - E(x,y) A[y]"), "Y[x] = A[x] - sum[y](E(x,y) * A[y])");
}

TEST(Projection, WarnsOfAFactorInsideSoftmax) {
  EXPECT_EQ(onlyReport(data("Y[i] = softmax(E(i,j) A[j])")),
            "FactorInsideSoftmax 5: a 0/1 factor inside 'softmax' gives scores of 0, it is not a mask");
}

} // namespace
} // namespace tl::sema
