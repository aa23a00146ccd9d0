// Precedence, shown by the parentheses that remain.
#include "tests/frontend/parse/ParseFixture.h"

#include <gtest/gtest.h>

namespace tl::parse {
namespace {

const ast::Expr &valueOf(const Parsed &parsed) {
  return *std::get<ast::Equation>(parsed.program->statements.at(0).node).value;
}

std::string value(const std::string &text) {
  return canonical("Y = " + text);
}

TEST(Expression, RedundantParenthesesVanishAndNeededOnesStay) {
  EXPECT_EQ(value("(A b) + (c)"), "Y = A b + c\n");
  EXPECT_EQ(value("A (b + c)"), "Y = A (b + c)\n");
  EXPECT_EQ(value("a - (b - c)"), "Y = a - (b - c)\n");
  EXPECT_EQ(value("a / (b c)"), "Y = a / (b c)\n");
  EXPECT_EQ(value("(a b)^2"), "Y = (a b)^2\n");
  EXPECT_EQ(value("(a^b)^c"), "Y = (a^b)^c\n");
  EXPECT_EQ(value("1 - (not P(x))"), "Y = 1 - (not P(x))\n");
  EXPECT_EQ(value("(a <= b) c"), "Y = (a <= b) c\n");
}

TEST(Expression, ProductsAreOneLevelFromLeftToRight) {
  auto parsed = parseText("Y = a / b c % d * e");
  const auto &product = std::get<ast::Product>(valueOf(*parsed).node);
  ASSERT_EQ(product.factors.size(), 5u);
  EXPECT_EQ(product.factors[1].op, ast::Product::Op::Divide);
  EXPECT_EQ(product.factors[2].op, ast::Product::Op::Multiply);
  EXPECT_EQ(product.factors[3].op, ast::Product::Op::Remainder);
}

TEST(Expression, MinusBindsTighterThanProductsAndLooserThanPowers) {
  auto parsed = parseText("Y = -a b");
  EXPECT_TRUE(std::holds_alternative<ast::Product>(valueOf(*parsed).node));
  parsed = parseText("Y = -a^2");
  EXPECT_TRUE(std::holds_alternative<ast::Negation>(valueOf(*parsed).node));
  parsed = parseText("Y = -2^2");
  EXPECT_TRUE(std::holds_alternative<ast::Negation>(valueOf(*parsed).node));
}

TEST(Expression, AMinusBeforeANumberBelongsToIt) {
  auto parsed = parseText("Y = -2");
  EXPECT_EQ(std::get<ast::Number>(valueOf(*parsed).node).integer, -2);
  parsed = parseText("Y = a^-0.5");
  EXPECT_EQ(std::get<ast::Number>(std::get<ast::Power>(valueOf(*parsed).node).exponent->node).value, -0.5);
  EXPECT_EQ(value("a -1"), "Y = a - 1\n");
  EXPECT_EQ(value("a * -1"), "Y = a * -1\n");
}

TEST(Expression, PowersAssociateToTheRight) {
  auto parsed = parseText("Y = a^-b^c");
  const auto &power = std::get<ast::Power>(valueOf(*parsed).node);
  const auto &negation = std::get<ast::Negation>(power.exponent->node);
  EXPECT_TRUE(std::holds_alternative<ast::Power>(negation.operand->node));
  EXPECT_EQ(value("a^-b^c"), "Y = a^-b^c\n");
  EXPECT_EQ(value("2^3^4"), "Y = 2^3^4\n");
}

TEST(Expression, NotIsLooserThanComparison) {
  EXPECT_EQ(canonical("P(x) <- Q(x), not x = 3 + 1"), "P(x) <- Q(x), not x = 3 + 1\n");
}

TEST(Expression, ReductionsListTheirIndices) {
  auto parsed = parseText("Y = sum[i,j](A[i] B[j]) + max[k](C[k])");
  const auto &sum = std::get<ast::Sum>(valueOf(*parsed).node);
  const auto &reduction = std::get<ast::Reduction>(sum.terms[0].expr->node);
  EXPECT_EQ(reduction.kind, "sum");
  ASSERT_EQ(reduction.indices.size(), 2u);
  EXPECT_EQ(reduction.indices[1].name, "j");
  EXPECT_TRUE(std::holds_alternative<ast::Product>(reduction.body->node));
}

TEST(Expression, CallsTakeOptionsAfterASemicolon) {
  EXPECT_EQ(value("lnorm(X[i]; eps = 1e-5, k = 2)"), "Y = lnorm(X[i]; eps = 1e-05, k = 2)\n");
  EXPECT_EQ(value("size(i)"), "Y = size(i)\n");
}

TEST(Expression, IntegersAndRealsStayApart) {
  EXPECT_EQ(value("3 + 3.0 + 1e3 + 0.1"), "Y = 3 + 3.0 + 1000.0 + 0.1\n");
  EXPECT_EQ(value("true + false"), "Y = 1 + 0\n");
}

TEST(Expression, ALongChainIsOneWideNode) {
  std::string text = "Y = A";
  for (int n = 0; n < 100000; ++n)
    text += " + A";
  auto parsed = parseText(text);
  ASSERT_TRUE(parsed->program) << parsed->messages;
  EXPECT_EQ(std::get<ast::Sum>(valueOf(*parsed).node).terms.size(), 100001u);
}

} // namespace
} // namespace tl::parse
