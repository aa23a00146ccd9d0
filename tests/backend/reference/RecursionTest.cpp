// Scans and fixpoints on the reference backend.
#include "tests/backend/reference/RunProgram.h"

#include <cmath>

namespace tl::backend {
namespace {

const char *const kClosure = R"(
    %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
    %p0 = tl.empty or : !tl.relation<[9, 9]>
    %p = tl.fixpoint (%q = %p0 : !tl.relation<[9, 9]>) BOUND names ["Path"] {
      %n0 = tl.empty or : !tl.relation<[9, 9]>
      %n1 = tl.contract or into %n0 {
        %x = tl.index "x"
        %y = tl.index "y"
        tl.literal %E(%x, %y) : !tl.relation<[9, 9]>
        tl.yield at [%x, %y]
      } : !tl.relation<[9, 9]>
      %n2 = tl.contract or into %n1 {
        %x = tl.index "x"
        %y = tl.index "y"
        %z = tl.index "z"
        tl.literal %q(%x, %y) : !tl.relation<[9, 9]>
        tl.literal %E(%y, %z) : !tl.relation<[9, 9]>
        tl.yield at [%x, %z]
      } : !tl.relation<[9, 9]>
      tl.next %n2 : !tl.relation<[9, 9]>
    }
    tl.query 0 %p : !tl.relation<[9, 9]>)";

std::string closure(const std::string &bound) {
  std::string text = kClosure;
  return text.replace(text.find("BOUND"), 5, bound);
}

TEST(ReferenceRecursion, ClosesTransitively) {
  Program program(closure(""));
  program.rows("E", 2, {0, 1, 1, 2, 2, 0, 3, 4});
  EXPECT_EQ(program.cells(), (Cells{0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 2, 0, 2, 1, 2, 2, 3, 4}));
}

TEST(ReferenceRecursion, ExactRecursionBeyondItsRoundsIsALimit) {
  Program program(closure("max 3"));
  program.rows("E", 2, {0, 1, 1, 2, 2, 3, 3, 4, 4, 5});
  runtime::Error error = program.error();
  EXPECT_EQ(error.kind, runtime::ErrorKind::Limit);
  EXPECT_EQ(error.message, "'Path' did not converge within 3 rounds (--max-iterations)");
}

/// `X = FACTOR X + 1` from 0.
std::string geometric(const std::string &factor, const std::string &bound) {
  return R"(
    %x0 = tl.empty add : tensor<f64>
    %x = tl.fixpoint (%c = %x0 : tensor<f64>) )" +
         bound + R"( names ["X"] {
      %n0 = tl.empty add : tensor<f64>
      %n = tl.map add into %n0 {
        %v = tl.at %c[] : tensor<f64>
        %f = tl.number )" +
         factor + R"( : f64
        %one = tl.number 1.0 : f64
        %m = tl.apply "mul"(%f, %v) : (f64, f64) -> f64
        %s = tl.apply "add"(%m, %one) : (f64, f64) -> f64
        tl.yield %s at [] : f64
      } : tensor<f64>
      tl.next %n : tensor<f64>
    }
    tl.query 0 %x : tensor<f64>)";
}

TEST(ReferenceRecursion, IteratesRealsUntilTheChangeIsBelowTheTolerance) {
  Numbers numbers = Program(geometric("0.5", "tolerance 1.0e-9 max 10000")).numbers();
  ASSERT_EQ(numbers.size(), 1u);
  EXPECT_NEAR(numbers[0], 2, 1e-8);
}

TEST(ReferenceRecursion, DivergingRealsFailTheCheck) {
  runtime::Error error = Program(geometric("2.0", "tolerance 1.0e-9 max 50")).error();
  EXPECT_EQ(error.kind, runtime::ErrorKind::Check);
  EXPECT_EQ(error.message, "'X' did not converge within 50 rounds (--max-iterations)");
}

TEST(ReferenceRecursion, NeverAcceptsNaNAsConverged) {
  EXPECT_EQ(Program(geometric("0x7FF8000000000000", "tolerance 1.0e-9 max 5")).error().kind,
            runtime::ErrorKind::Check);
}

TEST(ReferenceRecursion, ShortestPathsUnderMinimum) {
  Program program(R"(
    %W = tl.read "W" from "literal" : !tl.partial<tensor<4x4xf64>>
    %d0 = tl.empty min : !tl.partial<tensor<4xf64>>
    %d = tl.fixpoint (%c = %d0 : !tl.partial<tensor<4xf64>>) {
      %n0 = tl.empty min : !tl.partial<tensor<4xf64>>
      %n1 = tl.contract min into %n0 {
        %zero = tl.number 0.0 : f64
        tl.yield %zero at [0] : f64
      } : !tl.partial<tensor<4xf64>>
      %n2 = tl.contract min into %n1 {
        %x = tl.index "x" 0 to 4
        %y = tl.index "y" 0 to 4
        %a = tl.at %c[%x] : !tl.partial<tensor<4xf64>>
        %w = tl.at %W[%x, %y] : !tl.partial<tensor<4x4xf64>>
        %s = tl.apply "add"(%a, %w) : (f64, f64) -> f64
        tl.yield %s at [%y] : f64
      } : !tl.partial<tensor<4xf64>>
      tl.next %n2 : !tl.partial<tensor<4xf64>>
    }
    tl.query 0 %d : !tl.partial<tensor<4xf64>>)");
  const double a = kAbsent;
  program.bind("W", runtime::ElementType::F64, {4, 4}, {a, 5, 1, a, a, a, a, a, a, 2, a, a, a, 1, a, a},
               /*isPartial=*/true);
  EXPECT_EQ(program.numbers(), (Numbers{0, 3, 1, kAbsent}));
}

TEST(ReferenceRecursion, ScansInOrderAndReadsEarlierSlices) {
  // F[t + 2] = F[t + 1] + F[t] with F[0] = F[1] = 1.
  Program program(R"(
    %F = tl.read "F" from "literal" : tensor<8xi64>
    %r = tl.scan "F" %t = 2 to 8 carry (%a = %F : tensor<8xi64>) names ["F"] {
      %n = tl.map add into %a {
        %x = tl.at %a[%t - 1] : tensor<8xi64>
        %y = tl.at %a[%t - 2] : tensor<8xi64>
        %s = tl.apply "add"(%x, %y) : (i64, i64) -> i64
        tl.yield %s at [%t] : i64
      } : tensor<8xi64>
      tl.next %n : tensor<8xi64>
    }
    tl.query 0 %r : tensor<8xi64>)");
  program.i64("F", {8}, {1, 1, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(program.numbers(), (Numbers{1, 1, 2, 3, 5, 8, 13, 21}));
}

TEST(ReferenceRecursion, ScansDownwards) {
  // G[t] = R[t] + G[t + 1] / 2.
  Program program(R"(
    %R = tl.read "R" from "literal" : tensor<3xf64>
    %g0 = tl.empty add : tensor<3xf64>
    %g = tl.scan "G" %t = 0 to 3 descending carry (%a = %g0 : tensor<3xf64>) {
      %n = tl.map add into %a {
        %r = tl.at %R[%t] : tensor<3xf64>
        %x = tl.at default %a[%t + 1] : tensor<3xf64>
        %half = tl.number 0.5 : f64
        %m = tl.apply "mul"(%half, %x) : (f64, f64) -> f64
        %s = tl.apply "add"(%r, %m) : (f64, f64) -> f64
        tl.yield %s at [%t] : f64
      } : tensor<3xf64>
      tl.next %n : tensor<3xf64>
    }
    tl.query 0 %g : tensor<3xf64>)");
  program.f64("R", {3}, {1, 2, 4});
  EXPECT_EQ(program.numbers(), (Numbers{3, 4, 4}));
}

TEST(ReferenceRecursion, CarriesStateWithoutATimeAxis) {
  Program program(R"(
    %X = tl.read "X" from "literal" : tensor<4xf64>
    %h0 = tl.empty add : tensor<f64>
    %h = tl.scan "H" %t = 0 to 4 carry (%a = %h0 : tensor<f64>) {
      %z = tl.empty add : tensor<f64>
      %n = tl.map add into %z {
        %x = tl.at %X[%t] : tensor<4xf64>
        %v = tl.at %a[] : tensor<f64>
        %two = tl.number 2.0 : f64
        %m = tl.apply "mul"(%two, %v) : (f64, f64) -> f64
        %s = tl.apply "add"(%m, %x) : (f64, f64) -> f64
        tl.yield %s at [] : f64
      } : tensor<f64>
      tl.next %n : tensor<f64>
    }
    tl.query 0 %h : tensor<f64>)");
  program.f64("X", {4}, {1, 0, 1, 1});
  EXPECT_EQ(program.numbers(), Numbers{11});
}

TEST(ReferenceRecursion, NestsAScanInAScan) {
  // Each outer step adds its position to every element, one element a step.
  Program program(R"(
    %x0 = tl.empty add : tensor<3xi64>
    %x = tl.scan "a" %s = 0 to 4 carry (%a = %x0 : tensor<3xi64>) {
      %b = tl.scan "b" %t = 0 to 3 carry (%c = %a : tensor<3xi64>) {
        %n = tl.map add into %c {
          %v = tl.cast %s : index to i64
          tl.yield %v at [%t] : i64
        } : tensor<3xi64>
        tl.next %n : tensor<3xi64>
      }
      tl.next %b : tensor<3xi64>
    }
    tl.query 0 %x : tensor<3xi64>)");
  EXPECT_EQ(program.numbers(), (Numbers{6, 6, 6}));
}

} // namespace
} // namespace tl::backend
