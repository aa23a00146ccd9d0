// Levels of optimisation and numbers of threads never change a bit; the two backends agree.
#include "tests/backend/cpu/RunModule.h"

#include <cmath>

namespace tl::backend {
namespace {

/// Programs in `tl`, their data in `A`, `B` (f32) and `E` (rows).
struct Sample {
  const char *name;
  const char *text;
};

const Sample kSamples[] = {
    {"perceptron with gelu", R"(
    %y0 = tl.empty add : tensor<70x45xf32>
    %y = tl.map add into %y0 {
      %i = tl.index "i" 0 to 70
      %j = tl.index "j" 0 to 45
      %s = tl.project sum {
        %k = tl.index "k" 0 to 53
        %a = tl.at %A[%i, %k] : tensor<70x53xf32>
        %b = tl.at %B[%j, %k] : tensor<45x53xf32>
        %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
        tl.yield %m : f32
      } : f32
      %g = tl.apply "gelu"(%s) : (f32) -> f32
      tl.yield %g at [%i, %j] : f32
    } : tensor<70x45xf32>
    tl.query 0 %y : tensor<70x45xf32>)"},
    {"masked mean", R"(
    %y0 = tl.empty add : tensor<70xf32>
    %y = tl.map add into %y0 {
      %i = tl.index "i" 0 to 70
      %s = tl.project mean {
        %k = tl.index "k" 0 to 53
        %a = tl.at %A[%i, %k] : tensor<70x53xf32>
        %z = tl.number 0.0 : f32
        %p = tl.apply "gt"(%a, %z) : (f32, f32) -> i1
        tl.where %p
        %e = tl.apply "exp"(%a) : (f32) -> f32
        tl.yield %e : f32
      } : f32
      tl.yield %s at [%i] : f32
    } : tensor<70xf32>
    tl.query 0 %y : tensor<70xf32>)"},
    {"contraction over all", R"(
    %y0 = tl.empty add : tensor<f32>
    %y = tl.contract add into %y0 {
      %i = tl.index "i" 0 to 45
      %k = tl.index "k" 0 to 53
      %a = tl.at %A[%i, %k] : tensor<70x53xf32>
      %b = tl.at %B[%i, %k] : tensor<45x53xf32>
      %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
      tl.yield %m at [] : f32
    } : tensor<f32>
    tl.query 0 %y : tensor<f32>)"},
    {"sums over neighbours", R"(
    %y0 = tl.empty add : tensor<70x53xf32>
    %y = tl.contract add into %y0 {
      %x = tl.index "x"
      %z = tl.index "z"
      %k = tl.index "k" 0 to 53
      tl.literal %E(%x, %z) : !tl.relation<[70, 70]>
      %a = tl.at %A[%z, %k] : tensor<70x53xf32>
      tl.yield %a at [%x, %k] : f32
    } : tensor<70x53xf32>
    tl.query 0 %y : tensor<70x53xf32>)"},
    {"softmax of scores", R"(
    %y0 = tl.empty add : tensor<70x45xf32>
    %y1 = tl.contract add into %y0 {
      %i = tl.index "i" 0 to 70
      %j = tl.index "j" 0 to 45
      %k = tl.index "k" 0 to 53
      %a = tl.at %A[%i, %k] : tensor<70x53xf32>
      %b = tl.at %B[%j, %k] : tensor<45x53xf32>
      %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
      tl.yield %m at [%i, %j] : f32
    } : tensor<70x45xf32>
    %y = tl.normalize softmax %y1 along [1] with [] : tensor<70x45xf32> -> tensor<70x45xf32>
    tl.query 0 %y : tensor<70x45xf32>)"},
    {"a recurrence", R"(
    %h0 = tl.empty add : tensor<70x53xf32>
    %h = tl.scan "t" %t = 1 to 70 carry (%c = %h0 : tensor<70x53xf32>) {
      %n = tl.map add into %c {
        %k = tl.index "k" 0 to 53
        %p = tl.at %c[%t - 1, %k] : tensor<70x53xf32>
        %a = tl.at %A[%t, %k] : tensor<70x53xf32>
        %s = tl.apply "add"(%p, %a) : (f32, f32) -> f32
        %v = tl.apply "tanh"(%s) : (f32) -> f32
        tl.yield %v at [%t, %k] : f32
      } : tensor<70x53xf32>
      tl.next %n : tensor<70x53xf32>
    }
    tl.query 0 %h : tensor<70x53xf32>)"},
    {"a fixpoint of numbers", R"(
    %r0 = tl.empty add : tensor<70xf32>
    %r = tl.fixpoint (%c = %r0 : tensor<70xf32>) tolerance 1.0e-6 max 1000 {
      %n0 = tl.empty add : tensor<70xf32>
      %n = tl.map add into %n0 {
        %x = tl.index "x" 0 to 70
        %s = tl.project sum {
          %y = tl.index "y"
          tl.literal %E(%x, %y) : !tl.relation<[70, 70]>
          %v = tl.at %c[%y] : tensor<70xf32>
          tl.yield %v : f32
        } : f32
        %f = tl.number 0.05 : f32
        %o = tl.number 1.0 : f32
        %m = tl.apply "mul"(%f, %s) : (f32, f32) -> f32
        %p = tl.apply "add"(%o, %m) : (f32, f32) -> f32
        tl.yield %p at [%x] : f32
      } : tensor<70xf32>
      tl.next %n : tensor<70xf32>
    }
    tl.query 0 %r : tensor<70xf32>)"},
    {"reachability", R"(
    %p0 = tl.empty or : !tl.relation<[70, 70]>
    %p = tl.fixpoint (%q = %p0 : !tl.relation<[70, 70]>) {
      %n0 = tl.empty or : !tl.relation<[70, 70]>
      %n1 = tl.contract or into %n0 {
        %x = tl.index "x"
        %y = tl.index "y"
        tl.literal %E(%x, %y) : !tl.relation<[70, 70]>
        tl.yield at [%x, %y]
      } : !tl.relation<[70, 70]>
      %n2 = tl.contract or into %n1 {
        %x = tl.index "x"
        %y = tl.index "y"
        %z = tl.index "z"
        tl.literal %q(%x, %y) : !tl.relation<[70, 70]>
        tl.literal %q(%y, %z) : !tl.relation<[70, 70]>
        tl.yield at [%x, %z]
      } : !tl.relation<[70, 70]>
      tl.next %n2 : !tl.relation<[70, 70]>
    }
    tl.query 0 %p : !tl.relation<[70, 70]>)"},
};

std::string programOf(const Sample &sample) {
  return std::string(R"(tl.program {
    %A = tl.read "A" from "literal" : tensor<70x53xf32>
    %B = tl.read "B" from "literal" : tensor<45x53xf32>
    %E = tl.read "E" from "facts" : !tl.relation<[70, 70]>)") +
         sample.text + "\n}";
}

class SampleProgram : public ::testing::TestWithParam<Sample> {
protected:
  SampleProgram() : module(programOf(GetParam())) {
    module.f32("A", {70, 53}, realNumbers(70 * 53, 1)).f32("B", {45, 53}, realNumbers(45 * 53, 2));
    std::mt19937 random(3);
    Cells edges;
    for (int entry = 0; entry < 2 * 180; ++entry)
      edges.push_back(static_cast<runtime::Cell>(random() % 70));
    module.rows("E", 2, edges);
  }
  Module module;
};

TEST_P(SampleProgram, HasTheSameBitsOnEveryLevel) {
  const runtime::Value plain = module.answer({.level = 0});
  for (int level : {-1, 1, 2, 3})
    EXPECT_TRUE(haveSameBits(plain, module.answer({.level = level}))) << "level " << level;
}

TEST_P(SampleProgram, HasTheSameBitsOnEveryNumberOfThreads) {
  const runtime::Value alone = module.answer();
  for (int threads : {2, 3, 4})
    EXPECT_TRUE(haveSameBits(alone, module.answer({.threads = threads}))) << threads << " threads";
}

TEST_P(SampleProgram, AgreesWithTheReference) {
  const runtime::Value actual = module.answer(), wanted = module.referenceAnswer();
  if (std::holds_alternative<runtime::Relation>(wanted)) {
    EXPECT_TRUE(haveSameBits(actual, wanted));
    return;
  }
  const auto &left = std::get<runtime::Tensor>(actual), &right = std::get<runtime::Tensor>(wanted);
  ASSERT_EQ(left.shape(), right.shape());
  for (std::int64_t position = 0; position < left.elements(); ++position)
    EXPECT_NEAR(left.number(position), right.number(position),
                3e-5 * std::max(1.0, std::abs(right.number(position))))
        << "at " << position;
}

INSTANTIATE_TEST_SUITE_P(All, SampleProgram, ::testing::ValuesIn(kSamples), [](const auto &instance) {
  std::string name = instance.param.name;
  for (char &letter : name)
    letter = letter == ' ' ? '_' : letter;
  return name;
});

} // namespace
} // namespace tl::backend
