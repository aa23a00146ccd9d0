// Guards, bindings, rules and range restriction.
#include "tests/frontend/sema/CheckedText.h"

namespace tl::sema {
namespace {

std::string data(const std::string &lines) {
  return "A = [1, 2, 3]\nLabel = [0, 0, 1]\nEdge(0, 1)\nNode(0)\n" + lines + "\n";
}

std::string last(const std::string &lines) {
  return checkedLast(data(lines));
}

const Equation &lastEquation(const CheckedText &checked) {
  return checked.program->equations.back();
}

TEST(Guards, VariableOfGuardsAloneIsExistentialWhereDuplicatesCount) {
  CheckedText checked(data("Deg[x] = 1, Edge(x,y), Node(y), A[x] > 1"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Equation &equation = lastEquation(checked);
  ASSERT_EQ(equation.guards.size(), 2u);
  EXPECT_EQ(equation.guards[0].kind, Guard::Kind::Holds);
  EXPECT_EQ(equation.guards[1].kind, Guard::Kind::Exists);
  EXPECT_EQ(equation.guards[1].parts.size(), 2u);
  EXPECT_EQ(equation.guards[1].existential.size(), 1u);
}

TEST(Guards, FactorIsCountedNotExistential) {
  CheckedText checked(data("Deg[x] = Edge(x,y)"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_TRUE(lastEquation(checked).guards.empty());
  EXPECT_EQ(lastEquation(checked).terms[0].projected.size(), 1u);
}

TEST(Guards, VariablesOfRulesAreProjected) {
  CheckedText checked(data("P(x) <- Edge(x,y), Node(y)"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(lastEquation(checked).terms[0].projected.size(), 1u);
  EXPECT_EQ(lastEquation(checked).guards.size(), 2u);
}

TEST(Guards, EqualityBindsAnUnboundVariable) {
  CheckedText checked(data("Rep(l) <- Node(x), l = Label[x]"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Guard &bind = lastEquation(checked).guards[1];
  EXPECT_EQ(bind.kind, Guard::Kind::Bind);
  EXPECT_EQ(bind.binding.kind, IndexExpr::Kind::Value);
  EXPECT_EQ(last("Sum(z) <- Node(x), Node(y), z = x + y"), "Sum(z) <- Node(x), Node(y), z = x+y");
}

TEST(Guards, EqualityOfBoundVariablesCompares) {
  CheckedText checked(data("P(x) <- Edge(x,y), x = y"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(lastEquation(checked).guards[1].kind, Guard::Kind::Holds);
}

TEST(Guards, BindingsMayStandInAnyOrder) {
  EXPECT_EQ(last("P(z) <- z = y + 1, y = x + 1, Node(x)"), "P(z) <- Node(x), y = x+1, z = y+1");
}

TEST(Guards, OffsetInALiteralIsSolved) {
  EXPECT_EQ(last("P(x) <- Node(x+1)"), "P(x) <- Node(x''), x = x''-1, x >= 0");
  EXPECT_EQ(last("P(x) <- Node(x+1), Node(x)"), "P(x) <- Node(x+1), Node(x)");
}

TEST(Guards, DenseLiteralHoldsWherePositive) {
  EXPECT_EQ(last("P(i) <- A[i]"), "P(i) <- A[i] > 0");
  EXPECT_EQ(last("P(i) = A[i] A[j] - 1"), "P(i) <- sum[j](A[i] * A[j]) - 1 > 0");
}

TEST(Guards, BooleanSumOfLiteralsIsOneRulePerTerm) {
  CheckedText checked(data("R(x,z) = Edge(x,y) Edge(y,z) + Edge(x,z)"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(dump(*checked.program), "R(x,z) <- Edge(x,y), Edge(y,z)\nR(x,z) <- Edge(x,z)\n");
  EXPECT_EQ(lastEquation(checked).variables.size(), 2u);
}

TEST(Guards, WildcardUnderNotIsPrivate) {
  CheckedText checked(data("P(x) <- Node(x), not Edge(x,_)"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(lastEquation(checked).guards[1].kind, Guard::Kind::Negative);
  EXPECT_TRUE(lastEquation(checked).terms[0].projected.empty());
}

TEST(Guards, ReportsVariableUnderNotAlone) {
  EXPECT_EQ(onlyReport(data("Y[i] = A[i], not Edge(i,k)")),
            "UnboundVariable 5: 'k' occurs only under 'not', so nothing says which values it takes");
}

TEST(Guards, MarksVariablesThatLiteralsGenerate) {
  CheckedText checked(data("Y[x] = Edge(x,y) A[y] + 1"));
  ASSERT_TRUE(checked.program) << checked.rendered();
  const Equation &equation = lastEquation(checked);
  // The second term ranges over x without a literal.
  EXPECT_FALSE(equation.variables[0].isGenerated);
  EXPECT_TRUE(equation.variables[1].isGenerated);
}

TEST(Rules, ReportsUnboundHeadVariable) {
  EXPECT_EQ(onlyReport(data("P(x,y) <- Node(x)")),
            "UnboundVariable 5: nothing in the body of this rule for 'P' binds 'y'");
  EXPECT_EQ(onlyReport(data("P(x) <- Node(x), not Edge(x,y)")),
            "UnboundVariable 5: nothing in the body of this rule for 'P' binds 'y'");
  EXPECT_EQ(onlyReport(data("P(x) <- Node(x), z > x")),
            "UnboundVariable 5: nothing in the body of this rule for 'P' binds 'z'");
}

TEST(Rules, UpperBoundRestricts) {
  EXPECT_EQ(last("Even(i) <- i < 10, i % 2 = 0"), "Even(i) <- i < 10, i%2 = 0");
}

} // namespace
} // namespace tl::sema
