// Explicit projections on the reference backend.
#include "tests/backend/reference/RunProgram.h"

namespace tl::backend {
namespace {

/// `Y[i] = KIND[j](X[i, j])` over the j < N[i], for i < 3; `%v` in `value` is what is projected.
std::string projection(const std::string &kind, const std::string &type, const std::string &value = "",
                       const std::string &valueType = "f64") {
  return R"(
    %X = tl.read "X" from "literal" : tensor<3x4xf64>
    %N = tl.read "N" from "literal" : tensor<3xi64>
    %y0 = tl.empty max : !tl.partial<tensor<3x)" +
         type + R"(>>
    %y = tl.map max into %y0 {
      %i = tl.index "i" 0 to 3
      %n = tl.at %N[%i] : tensor<3xi64>
      %p = tl.project )" +
         kind + R"( {
        %j = tl.index "j" 0 to 4
        %k = tl.cast %j : index to i64
        %c = tl.apply "lt"(%k, %n) : (i64, i64) -> i1
        tl.where %c
        %x = tl.at %X[%i, %j] : tensor<3x4xf64>
        )" +
         (value.empty() ? "%v = tl.cast %x : f64 to f64" : value) + R"(
        tl.yield %v : )" +
         valueType + R"(
      } : )" +
         type + R"(
      tl.yield %p at [%i] : )" +
         type + R"(
    } : !tl.partial<tensor<3x)" +
         type + R"(>>
    tl.query 0 %y : !tl.partial<tensor<3x)" +
         type + ">>";
}

Numbers project(const std::string &text) {
  Program program(text);
  program.f64("X", {3, 4}, {3, -5, 3, 9, 2, 0, 0, 0, 1, 1, 1, 1}).i64("N", {3}, {3, 2, 0});
  return program.numbers();
}

const std::string kPositive =
    "%zero = tl.number 0.0 : f64\n %v = tl.apply \"gt\"(%x, %zero) : (f64, f64) -> i1";

TEST(ReferenceProjection, SumsAndProductsOverNothingAreTheirIdentities) {
  EXPECT_EQ(project(projection("sum", "f64")), (Numbers{1, 2, 0}));
  EXPECT_EQ(project(projection("prod", "f64")), (Numbers{-45, 0, 1}));
}

TEST(ReferenceProjection, ExtremaAndMeansOverNothingAreAbsent) {
  EXPECT_EQ(project(projection("max", "f64")), (Numbers{3, 2, kAbsent}));
  EXPECT_EQ(project(projection("min", "f64")), (Numbers{-5, 0, kAbsent}));
  EXPECT_EQ(project(projection("mean", "f64")), (Numbers{1.0 / 3, 1, kAbsent}));
}

TEST(ReferenceProjection, PositionsAreTheFirstOfTies) {
  EXPECT_EQ(project(projection("argmax", "i64")), (Numbers{0, 0, kAbsent}));
  EXPECT_EQ(project(projection("argmin", "i64")), (Numbers{1, 1, kAbsent}));
}

TEST(ReferenceProjection, TruthProjectionsQuantify) {
  EXPECT_EQ(project(projection("any", "i1", kPositive, "i1")), (Numbers{1, 1, 0}));
  EXPECT_EQ(project(projection("all", "i1", kPositive, "i1")), (Numbers{0, 0, 1}));
}

TEST(ReferenceProjection, CountsWhatIsNotZero) {
  EXPECT_EQ(project(projection("count", "i64")), (Numbers{3, 1, 0}));
}

TEST(ReferenceProjection, NestedDropsStayInTheirProjection) {
  // max over nothing drops the contribution to the sum around it, not the equation.
  Program program(R"(
    %E = tl.read "E" from "facts" : !tl.relation<[3, 3]>
    %y0 = tl.empty add : tensor<3xi64>
    %y = tl.map add into %y0 {
      %i = tl.index "i" 0 to 3
      %s = tl.project sum {
        %j = tl.index "j"
        tl.literal %E(%i, %j) : !tl.relation<[3, 3]>
        %m = tl.project max {
          %k = tl.index "k"
          tl.literal %E(%j, %k) : !tl.relation<[3, 3]>
          %v = tl.cast %k : index to i64
          tl.yield %v : i64
        } : i64
        tl.yield %m : i64
      } : i64
      tl.yield %s at [%i] : i64
    } : tensor<3xi64>
    tl.query 0 %y : tensor<3xi64>)");
  program.rows("E", 2, {0, 1, 0, 2, 1, 2, 1, 0});
  // From 0: through 1 the largest is 2, through 2 nothing. From 1: through 0 it is 2.
  EXPECT_EQ(program.numbers(), (Numbers{2, 2, 0}));
}

} // namespace
} // namespace tl::backend
