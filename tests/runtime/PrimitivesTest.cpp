// What scalar primitives compute, at the edges where naive formulas fail.
#include "runtime/Primitives.h"

#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

namespace tl::runtime {
namespace {

double real(std::string_view name, std::initializer_list<double> operands) {
  return evaluate(*findPrimitive(name), std::vector<double>(operands));
}

std::int64_t integer(std::string_view name, std::initializer_list<std::int64_t> operands) {
  return evaluateInteger(*findPrimitive(name), std::vector<std::int64_t>(operands));
}

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

TEST(Primitives, FindsRowsByName) {
  EXPECT_EQ(findPrimitive("frobnicate"), std::nullopt);
  ASSERT_TRUE(findPrimitive("where"));
  EXPECT_EQ(name(*findPrimitive("where")), "where");
  EXPECT_EQ(operandCount(*findPrimitive("where")), 3u);
  EXPECT_EQ(rule(*findPrimitive("where")), PrimitiveRule::Select);
  EXPECT_EQ(rule(*findPrimitive("and")), PrimitiveRule::Logic);
  EXPECT_EQ(rule(*findPrimitive("exp")), PrimitiveRule::Real);
}

TEST(Primitives, SigmoidIsStableOnBothSides) {
  EXPECT_DOUBLE_EQ(real("sig", {0}), 0.5);
  EXPECT_DOUBLE_EQ(real("sig", {1}), 1 / (1 + std::exp(-1.0)));
  EXPECT_EQ(real("sig", {1000}), 1);
  EXPECT_EQ(real("sig", {-1000}), 0);
}

TEST(Primitives, SigmoidAtTemperatureZeroIsStep) {
  EXPECT_EQ(real("sigt", {0, 0}), 0);
  EXPECT_EQ(real("sigt", {1e-300, 0}), 1);
  EXPECT_EQ(real("sigt", {-1, 0}), 0);
  EXPECT_DOUBLE_EQ(real("sigt", {1, 0.5}), real("sig", {2}));
}

TEST(Primitives, StepIsOneAboveZeroOnly) {
  EXPECT_EQ(real("step", {0}), 0);
  EXPECT_EQ(real("step", {1e-300}), 1);
  EXPECT_EQ(integer("step", {-3}), 0);
  EXPECT_EQ(integer("step", {3}), 1);
}

TEST(Primitives, SmoothFunctionsHaveTheirExactForm) {
  EXPECT_NEAR(real("gelu", {1}), 0.8413447460685429, 1e-15);
  EXPECT_NEAR(real("silu", {2}), 1.7615941559557649, 1e-15);
  EXPECT_NEAR(real("softplus", {0}), std::log(2.0), 1e-15);
  EXPECT_EQ(real("softplus", {1000}), 1000);
  EXPECT_EQ(real("softplus", {-1000}), 0);
}

TEST(Primitives, RoundsHalfToEven) {
  EXPECT_EQ(real("round", {0.5}), 0);
  EXPECT_EQ(real("round", {1.5}), 2);
  EXPECT_EQ(real("round", {-2.5}), -2);
}

TEST(Primitives, DivisionFloorsAndRemainderFollowsTheDivisor) {
  EXPECT_EQ(integer("floordiv", {-7, 2}), -4);
  EXPECT_EQ(integer("mod", {-7, 2}), 1);
  EXPECT_EQ(integer("mod", {7, -2}), -1);
  EXPECT_EQ(integer("floordiv", {6, -3}), -2);
  EXPECT_EQ(real("floordiv", {-7, 2}), -4);
  EXPECT_EQ(real("mod", {-7, 2}), 1);
  EXPECT_EQ(real("mod", {-0.5, 2}), 1.5);
}

TEST(Primitives, IntegerDivisionByZeroIsZero) {
  EXPECT_EQ(integer("floordiv", {7, 0}), 0);
  EXPECT_EQ(integer("mod", {7, 0}), 0);
}

TEST(Primitives, IntegersWrapAround) {
  EXPECT_EQ(integer("neg", {kLeast}), kLeast);
  EXPECT_EQ(integer("abs", {kLeast}), kLeast);
  EXPECT_EQ(integer("floordiv", {kLeast, -1}), kLeast);
  EXPECT_EQ(integer("mod", {kLeast, -1}), 0);
  EXPECT_EQ(integer("sub", {kLeast, 1}), std::numeric_limits<std::int64_t>::max());
}

TEST(Primitives, IntegerPowersAreExact) {
  EXPECT_EQ(integer("pow", {3, 20}), 3486784401);
  EXPECT_EQ(integer("pow", {-2, 3}), -8);
  EXPECT_EQ(integer("pow", {0, 0}), 1);
  EXPECT_EQ(integer("pow", {2, -1}), 0);
  EXPECT_EQ(integer("pow", {-1, -3}), -1);
}

TEST(Primitives, ExtremaKeepNaN) {
  double nan = std::nan("");
  EXPECT_TRUE(std::isnan(real("min", {nan, 1})));
  EXPECT_TRUE(std::isnan(real("max", {1, nan})));
  EXPECT_TRUE(std::isnan(real("relu", {nan})));
  EXPECT_TRUE(std::isnan(real("sign", {nan})));
}

TEST(Primitives, ComparisonsAndLogicGiveTruthValues) {
  EXPECT_EQ(real("lt", {1, 2}), 1);
  EXPECT_EQ(real("ne", {2, 2}), 0);
  EXPECT_EQ(integer("and", {1, 0}), 0);
  EXPECT_EQ(integer("or", {1, 0}), 1);
  EXPECT_EQ(integer("not", {0}), 1);
  EXPECT_EQ(real("where", {0, 5, 6}), 6);
  EXPECT_EQ(integer("clamp", {9, 0, 4}), 4);
}

} // namespace
} // namespace tl::runtime
