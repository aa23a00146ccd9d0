// Data that does not fit, memory, time and interruption on the cpu backend.
#include "tests/backend/cpu/RunModule.h"

namespace tl::backend {
namespace {

using runtime::ErrorKind;

const char *const kRead = R"(tl.program {
    %X = tl.read "X" from "literal" : tensor<2xf64>
    tl.query 0 %X : tensor<2xf64>
  })";

/// All triples of the rows of S: a cube of them.
const char *const kCube = R"(tl.program {
    %S = tl.read "S" from "facts" : !tl.relation<[?]>
    %n0 = tl.empty or : !tl.relation<[?, ?, ?]>
    %n = tl.contract or into %n0 {
      %x = tl.index "x"
      %y = tl.index "y"
      %z = tl.index "z"
      tl.literal %S(%x) : !tl.relation<[?]>
      tl.literal %S(%y) : !tl.relation<[?]>
      tl.literal %S(%z) : !tl.relation<[?]>
      tl.yield at [%x, %y, %z]
    } : !tl.relation<[?, ?, ?]>
    tl.query 0 %n : !tl.relation<[?, ?, ?]>
  })";

/// A sum of 10^13 terms.
const char *const kEndless = R"(tl.program {
    %s0 = tl.empty add : tensor<f64>
    %s = tl.contract add into %s0 {
      %i = tl.index "i" 0 to 10000000
      %j = tl.index "j" 0 to 1000000
      %a = tl.cast %i : index to f64
      %b = tl.cast %j : index to f64
      %m = tl.apply "mul"(%a, %b) : (f64, f64) -> f64
      tl.yield %m at [] : f64
    } : tensor<f64>
    tl.query 0 %s : tensor<f64>
  })";

Cells upTo(runtime::Cell end) {
  Cells cells;
  for (runtime::Cell cell = 0; cell < end; ++cell)
    cells.push_back(cell);
  return cells;
}

TEST(CpuLimits, ReportsDataThatDoesNotFit) {
  EXPECT_EQ(Module(kRead).error().message, "no data is bound to 'X'");
  Module shape(kRead), type(kRead), relation(kRead);
  shape.bind("X", runtime::ElementType::F64, {3}, {1, 2, 3});
  EXPECT_EQ(shape.error().message, "'X' is of shape [2] in the program but its data is of shape [3]");
  type.bind("X", runtime::ElementType::I64, {2}, {1, 2});
  EXPECT_EQ(type.error().message, "'X' is of type f64 in the program but its data is i64");
  relation.rows("X", 1, {1});
  EXPECT_EQ(relation.error().message, "'X' is a tensor in the program but its data is a relation");
}

TEST(CpuLimits, RunningOutOfMemoryForRowsIsALimit) {
  Module module(kCube);
  module.rows("S", 1, upTo(200)); // 8 million rows of 12 bytes in 64 MiB
  EXPECT_EQ(module.error().kind, ErrorKind::Limit);
  EXPECT_EQ(module.budget.used(), 0u) << "what a failed run has taken is given back";
}

TEST(CpuLimits, RunningOutOfMemoryForElementsIsALimit) {
  Module module(R"(tl.program {
    %x = tl.empty add : tensor<100000x1000xf64>
    tl.query 0 %x : tensor<100000x1000xf64>
  })");
  EXPECT_EQ(module.error().kind, ErrorKind::Limit);
}

TEST(CpuLimits, StopsWhenItWasInterrupted) {
  Module module(kEndless);
  module.cancel.request();
  EXPECT_EQ(module.error().kind, ErrorKind::Interrupted);
}

TEST(CpuLimits, StopsAKernelAtTheDeadline) {
  for (int level : {0, 2}) {
    Module module(kEndless);
    module.cancel.setDeadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
    EXPECT_EQ(module.error({.level = level}).kind, ErrorKind::Limit);
  }
}

TEST(CpuLimits, StopsAJoinAtTheDeadline) {
  Module module(R"(tl.program {
    %S = tl.read "S" from "facts" : !tl.relation<[?]>
    %n0 = tl.empty add : tensor<i64>
    %n = tl.contract add into %n0 {
      %x = tl.index "x"
      %y = tl.index "y"
      %z = tl.index "z"
      tl.literal %S(%x) : !tl.relation<[?]>
      tl.literal %S(%y) : !tl.relation<[?]>
      tl.literal %S(%z) : !tl.relation<[?]>
      %one = tl.number 1 : i64
      tl.yield %one at [] : i64
    } : tensor<i64>
    tl.query 0 %n : tensor<i64>
  })");
  module.rows("S", 1, upTo(100000));
  module.cancel.setDeadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
  EXPECT_EQ(module.error().kind, ErrorKind::Limit);
}

TEST(CpuLimits, ReportsRealRecursionThatDoesNotConverge) {
  Module module(R"(tl.program {
    %x0 = tl.empty add : tensor<f64>
    %x = tl.fixpoint (%c = %x0 : tensor<f64>) tolerance 1.0e-9 max 50 names ["X"] {
      %n0 = tl.empty add : tensor<f64>
      %n = tl.map add into %n0 {
        %v = tl.at %c[] : tensor<f64>
        %o = tl.number 1.0 : f64
        %s = tl.apply "add"(%v, %o) : (f64, f64) -> f64
        tl.yield %s at [] : f64
      } : tensor<f64>
      tl.next %n : tensor<f64>
    }
    tl.query 0 %x : tensor<f64>
  })");
  const runtime::Error error = module.error();
  EXPECT_EQ(error.kind, ErrorKind::Check);
  EXPECT_EQ(error.message, "'X' did not converge within 50 rounds (--max-iterations)");
}

TEST(CpuLimits, RunsTwiceWithOtherData) {
  Module module(kRead);
  module.bind("X", runtime::ElementType::F64, {2}, {1, 2});
  EXPECT_EQ(module.numbers(), (Numbers{1, 2}));
  module.bind("X", runtime::ElementType::F64, {2}, {3, 4});
  EXPECT_EQ(module.numbers(), (Numbers{3, 4}));
}

} // namespace
} // namespace tl::backend
