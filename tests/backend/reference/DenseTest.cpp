// Dense equations on the reference backend.
#include "tests/backend/reference/RunProgram.h"

namespace tl::backend {
namespace {

using runtime::ElementType;

TEST(ReferenceDense, RunsThePerceptron) {
  Program program(R"(
    %W = tl.read "W" from "literal" : tensor<4xf64>
    %X = tl.read "X" from "literal" : tensor<4xf64>
    %y0 = tl.empty add : tensor<f64>
    %y1 = tl.map add into %y0 {
      %s = tl.project sum {
        %i = tl.index "i" 0 to 4
        %w = tl.at %W[%i] : tensor<4xf64>
        %x = tl.at %X[%i] : tensor<4xf64>
        %m = tl.apply "mul"(%w, %x) : (f64, f64) -> f64
        tl.yield %m : f64
      } : f64
      %y = tl.apply "step"(%s) : (f64) -> f64
      tl.yield %y at [] : f64
    } : tensor<f64>
    tl.query 0 %y1 : tensor<f64>)");
  program.f64("W", {4}, {0.2, 1.9, -0.7, 3}).f64("X", {4}, {0, 1, 1, 0});
  EXPECT_EQ(program.numbers(), Numbers{1});
}

TEST(ReferenceDense, MultipliesMatricesIntoWhatIsThere) {
  Program program(R"(
    %A = tl.read "A" from "literal" : tensor<2x3xf64>
    %B = tl.read "B" from "literal" : tensor<3x2xf64>
    %C = tl.read "C" from "literal" : tensor<2x2xf64>
    %c = tl.contract add into %C {
      %i = tl.index "i" 0 to 2
      %k = tl.index "k" 0 to 3
      %j = tl.index "j" 0 to 2
      %a = tl.at %A[%i, %k] : tensor<2x3xf64>
      %b = tl.at %B[%k, %j] : tensor<3x2xf64>
      %m = tl.apply "mul"(%a, %b) : (f64, f64) -> f64
      tl.yield %m at [%i, %j] : f64
    } : tensor<2x2xf64>
    tl.query 0 %c : tensor<2x2xf64>)");
  program.f64("A", {2, 3}, {1, 2, 3, 4, 5, 6})
      .f64("B", {3, 2}, {1, 2, 3, 4, 5, 6})
      .f64("C", {2, 2}, {1, 0, 0, -1});
  EXPECT_EQ(program.numbers(), (Numbers{23, 28, 49, 63}));
  // Bound data is not what the equation writes to.
  EXPECT_EQ(program.numbers(), (Numbers{23, 28, 49, 63}));
}

TEST(ReferenceDense, ConvolvesOnlyWhereInputsExist) {
  Program program(R"(
    %F = tl.read "F" from "literal" : tensor<2xf64>
    %I = tl.read "I" from "literal" : tensor<4xf64>
    %y0 = tl.empty add : tensor<4xf64>
    %y = tl.contract add into %y0 {
      %x = tl.index "x" 0 to 4
      %dx = tl.index "dx" 0 to 2
      %f = tl.at %F[%dx] : tensor<2xf64>
      %p = tl.at %I[%x + %dx] : tensor<4xf64>
      %m = tl.apply "mul"(%f, %p) : (f64, f64) -> f64
      tl.yield %m at [%x] : f64
    } : tensor<4xf64>
    tl.query 0 %y : tensor<4xf64>)");
  program.f64("F", {2}, {10, 1}).f64("I", {4}, {1, 2, 3, 4});
  EXPECT_EQ(program.numbers(), (Numbers{12, 23, 34, 40}));
}

TEST(ReferenceDense, ReadsTheIdentityPastTheEndByDefault) {
  Program program(R"(
    %R = tl.read "R" from "literal" : tensor<3xf64>
    %y0 = tl.empty add : tensor<3xf64>
    %y = tl.map add into %y0 {
      %t = tl.index "t" 0 to 3
      %n = tl.at default %R[%t + 1] : tensor<3xf64>
      %one = tl.number 1.0 : f64
      %s = tl.apply "add"(%n, %one) : (f64, f64) -> f64
      tl.yield %s at [%t] : f64
    } : tensor<3xf64>
    tl.query 0 %y : tensor<3xf64>)");
  program.f64("R", {3}, {5, 6, 7});
  EXPECT_EQ(program.numbers(), (Numbers{7, 8, 1}));
}

TEST(ReferenceDense, DropsYieldsOutsideTheResult) {
  Program program(R"(
    %y0 = tl.empty add : tensor<2xf64>
    %y = tl.contract add into %y0 {
      %i = tl.index "i" -1 to 5
      %v = tl.number 1.0 : f64
      tl.yield %v at [%i floordiv 2] : f64
    } : tensor<2xf64>
    tl.query 0 %y : tensor<2xf64>)");
  EXPECT_EQ(program.numbers(), (Numbers{2, 2}));
}

TEST(ReferenceDense, GathersAndScatters) {
  Program program(R"(
    %T = tl.read "T" from "literal" : tensor<3xi64>
    %E = tl.read "E" from "literal" : tensor<2xf64>
    %y0 = tl.empty add : tensor<2xf64>
    %y = tl.contract add into %y0 {
      %p = tl.index "p" 0 to 3
      %t = tl.at %T[%p] : tensor<3xi64>
      %i = tl.cast %t : i64 to index
      %e = tl.at %E[%i] : tensor<2xf64>
      tl.yield %e at [%i] : f64
    } : tensor<2xf64>
    tl.query 0 %y : tensor<2xf64>)");
  program.i64("T", {3}, {1, 7, 1}).f64("E", {2}, {10, 20});
  EXPECT_EQ(program.numbers(), (Numbers{0, 40}));
}

TEST(ReferenceDense, AccumulatesSumsBeyondTheElementType) {
  Program program(R"(
    %y0 = tl.empty add : tensor<bf16>
    %y = tl.contract add into %y0 {
      %i = tl.index "i" 0 to 512
      %v = tl.number 1.0 : bf16
      tl.yield %v at [] : bf16
    } : tensor<bf16>
    tl.query 0 %y : tensor<bf16>)");
  EXPECT_EQ(program.numbers(), Numbers{512});
}

TEST(ReferenceDense, IntegersWrapInTheirType) {
  Program program(R"(
    %y0 = tl.empty mul : tensor<i8>
    %y = tl.contract mul into %y0 {
      %i = tl.index "i" 0 to 3
      %v = tl.number 7 : i8
      tl.yield %v at [] : i8
    } : tensor<i8>
    tl.query 0 %y : tensor<i8>)");
  EXPECT_EQ(program.numbers(), Numbers{static_cast<std::int8_t>(343)});
}

TEST(ReferenceDense, AveragesOverWhatContributes) {
  Program program(R"(
    %X = tl.read "X" from "literal" : tensor<4xf64>
    %y0 = tl.empty avg : tensor<3xf64>
    %y = tl.contract avg into %y0 {
      %i = tl.index "i" 0 to 4
      %x = tl.at %X[%i] : tensor<4xf64>
      tl.yield %x at [%i floordiv 3] : f64
    } : tensor<3xf64>
    tl.query 0 %y : tensor<3xf64>)");
  program.f64("X", {4}, {1, 2, 6, 5});
  EXPECT_EQ(program.numbers(), (Numbers{3, 5, 0}));
}

TEST(ReferenceDense, MaximumIsAbsentWhereNothingContributes) {
  Program program(R"(
    %X = tl.read "X" from "literal" : tensor<4xf64>
    %m0 = tl.empty max : !tl.partial<tensor<3xf64>>
    %m = tl.contract max into %m0 {
      %i = tl.index "i" 0 to 4
      %x = tl.at %X[%i] : tensor<4xf64>
      tl.yield %x at [%i floordiv 2] : f64
    } : !tl.partial<tensor<3xf64>>
    tl.query 0 %m : !tl.partial<tensor<3xf64>>)");
  program.f64("X", {4}, {-1, -2, -7, -6});
  EXPECT_EQ(program.numbers(), (Numbers{-1, -6, kAbsent}));
}

TEST(ReferenceDense, AbsentElementsDropTheirTermAlone) {
  Program program(R"(
    %M = tl.read "M" from "literal" : !tl.partial<tensor<3xf64>>
    %y0 = tl.empty add : tensor<3xf64>
    %y = tl.map add into %y0 {
      %i = tl.index "i" 0 to 3
      %t = tl.project sum {
        %m = tl.at %M[%i] : !tl.partial<tensor<3xf64>>
        tl.yield %m : f64
      } : f64
      %one = tl.number 1.0 : f64
      %s = tl.apply "add"(%t, %one) : (f64, f64) -> f64
      tl.yield %s at [%i] : f64
    } : tensor<3xf64>
    tl.query 0 %y : tensor<3xf64>)");
  program.bind("M", ElementType::F64, {3}, {4, kAbsent, 6}, /*isPartial=*/true);
  EXPECT_EQ(program.numbers(), (Numbers{5, 1, 7}));
}

TEST(ReferenceDense, ConvertsBetweenScalarTypes) {
  Program program(R"(
    %y0 = tl.empty add : tensor<5xf64>
    %y = tl.contract add into %y0 {
      %half = tl.number -2.75 : f64
      %a = tl.cast %half : f64 to i64
      %a1 = tl.cast %a : i64 to f64
      %i = tl.index "i" 0 to 1
      %huge = tl.number 1.0e30 : f64
      %b = tl.cast %huge : f64 to i32
      %b1 = tl.cast %b : i32 to f64
      %n = tl.number 300 : i64
      %c = tl.cast %n : i64 to i8
      %c1 = tl.cast %c : i8 to f64
      %d = tl.cast %half : f64 to i1
      %d1 = tl.cast %d : i1 to f64
      %third = tl.number 0.1 : f64
      %e = tl.cast %third : f64 to f32
      %e1 = tl.cast %e : f32 to f64
      %k = tl.index "k" 0 to 5
      %zero = tl.number 0 : index
      %one = tl.number 1 : index
      %two = tl.number 2 : index
      %three = tl.number 3 : index
      %is0 = tl.apply "eq"(%k, %zero) : (index, index) -> i1
      %is1 = tl.apply "eq"(%k, %one) : (index, index) -> i1
      %is2 = tl.apply "eq"(%k, %two) : (index, index) -> i1
      %is3 = tl.apply "eq"(%k, %three) : (index, index) -> i1
      %v3 = tl.apply "where"(%is3, %d1, %e1) : (i1, f64, f64) -> f64
      %v2 = tl.apply "where"(%is2, %c1, %v3) : (i1, f64, f64) -> f64
      %v1 = tl.apply "where"(%is1, %b1, %v2) : (i1, f64, f64) -> f64
      %v0 = tl.apply "where"(%is0, %a1, %v1) : (i1, f64, f64) -> f64
      tl.yield %v0 at [%k] : f64
    } : tensor<5xf64>
    tl.query 0 %y : tensor<5xf64>)");
  EXPECT_EQ(program.numbers(), (Numbers{-2, 2147483647, 44, 0, static_cast<double>(0.1f)}));
}

TEST(ReferenceDense, HandsOutFilesByNumber) {
  Program program(R"(
    %X = tl.read "X" from "literal" : tensor<2xf64>
    tl.write 3 %X to "out.npy" : tensor<2xf64>)");
  program.f64("X", {2}, {1, 2});
  runtime::Result<Answers> answers = program.run();
  ASSERT_TRUE(answers);
  EXPECT_TRUE(answers->queries.empty());
  EXPECT_EQ(std::get<runtime::Tensor>(answers->writes.at(3)).number(1), 2);
}

} // namespace
} // namespace tl::backend
