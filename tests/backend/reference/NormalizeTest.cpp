// Normalisations on the reference backend.
#include "tests/backend/reference/RunProgram.h"

#include <cmath>

namespace tl::backend {
namespace {

std::string normalization(const std::string &kind, const std::string &along, const std::string &parameters,
                          const std::string &type) {
  return "%X = tl.read \"X\" from \"literal\" : " + type + "\n%y = tl.normalize " + kind + " %X along [" +
         along + "] with [" + parameters + "] : " + type +
         " -> tensor<2x3xf64>\ntl.query 0 %y : tensor<2x3xf64>";
}

Numbers normalize(const std::string &kind, const std::string &along, const std::string &parameters,
                  Numbers numbers, bool isPartial = false) {
  Program program(
      normalization(kind, along, parameters, isPartial ? "!tl.partial<tensor<2x3xf64>>" : "tensor<2x3xf64>"));
  program.bind("X", runtime::ElementType::F64, {2, 3}, std::move(numbers), isPartial);
  return program.numbers();
}

void expectNear(const Numbers &actual, const Numbers &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t position = 0; position < expected.size(); ++position)
    EXPECT_NEAR(actual[position], expected[position], 1e-12) << "at " << position;
}

TEST(ReferenceNormalize, SoftmaxAlongTheLastAxis) {
  double e = std::exp(1.0), total = 1 + e + e * e;
  expectNear(normalize("softmax", "1", "", {0, 1, 2, 1000, 1001, 1002}),
             {1 / total, e / total, e * e / total, 1 / total, e / total, e * e / total});
}

TEST(ReferenceNormalize, SoftmaxAlongTheFirstAxis) {
  expectNear(normalize("softmax", "0", "", {1, 2, 3, 1, 2, 3}), {0.5, 0.5, 0.5, 0.5, 0.5, 0.5});
}

TEST(ReferenceNormalize, SoftmaxJointlyOverTwoAxes) {
  expectNear(normalize("softmax", "0, 1", "", {0, 0, 0, 0, 0, 0}), Numbers(6, 1.0 / 6));
}

TEST(ReferenceNormalize, AbsentElementsAndEmptyRowsBecomeZero) {
  const double a = kAbsent;
  expectNear(normalize("softmax", "1", "", {3, a, 3, a, a, a}, /*isPartial=*/true), {0.5, 0, 0.5, 0, 0, 0});
}

TEST(ReferenceNormalize, LogSoftmaxIsItsLogarithm) {
  expectNear(normalize("logsoftmax", "1", "", {0, 0, 0, 1, 1, 1}), Numbers(6, -std::log(3.0)));
}

TEST(ReferenceNormalize, LayerNormUsesThePopulationVariance) {
  double s = std::sqrt(2.0 / 3 + 0.25);
  expectNear(normalize("lnorm", "1", "0.25", {1, 2, 3, 5, 5, 5}), {-1 / s, 0, 1 / s, 0, 0, 0});
}

TEST(ReferenceNormalize, RmsNormDividesByTheRootMeanSquare) {
  double s = std::sqrt(14.0 / 3 + 1);
  expectNear(normalize("rmsnorm", "1", "1.0", {1, 2, 3, 0, 0, 0}), {1 / s, 2 / s, 3 / s, 0, 0, 0});
}

TEST(ReferenceNormalize, L2NormDividesByTheLength) {
  expectNear(normalize("l2norm", "1", "1.0e-12", {3, 4, 0, 0, 0, 0}), {0.6, 0.8, 0, 0, 0, 0});
}

} // namespace
} // namespace tl::backend
