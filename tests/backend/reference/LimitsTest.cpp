// Data that does not fit, memory, and interruption on the reference backend.
#include "tests/backend/reference/RunProgram.h"

namespace tl::backend {
namespace {

using runtime::ErrorKind;

const char *const kRead = R"(
    %X = tl.read "X" from "literal" : tensor<2xf64>
    tl.query 0 %X : tensor<2xf64>)";

/// All triples of the rows of S: a cube of them.
const char *const kCube = R"(
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
    tl.query 0 %n : !tl.relation<[?, ?, ?]>)";

Cells upTo(runtime::Cell end) {
  Cells cells;
  for (runtime::Cell cell = 0; cell < end; ++cell)
    cells.push_back(cell);
  return cells;
}

TEST(ReferenceLimits, ReportsDataThatIsMissing) {
  runtime::Error error = Program(kRead).error();
  EXPECT_EQ(error.kind, ErrorKind::Data);
  EXPECT_EQ(error.message, "no data is bound to 'X'");
}

TEST(ReferenceLimits, ReportsDataOfAnotherShape) {
  Program program(kRead);
  program.f64("X", {3}, {1, 2, 3});
  runtime::Error error = program.error();
  EXPECT_EQ(error.kind, ErrorKind::Program);
  EXPECT_EQ(error.message, "'X' is of shape [2] in the program but its data is of shape [3]");
}

TEST(ReferenceLimits, ReportsDataOfAnotherType) {
  Program program(kRead);
  program.i64("X", {2}, {1, 2});
  EXPECT_EQ(program.error().message, "'X' is of type f64 in the program but its data is i64");
}

TEST(ReferenceLimits, ReportsARelationWhereATensorIsRead) {
  Program program(kRead);
  program.rows("X", 1, {1});
  EXPECT_EQ(program.error().message, "'X' is a tensor in the program but its data is a relation");
}

TEST(ReferenceLimits, RelationsAreChargedWhileTheyGrow) {
  Program program(kCube);
  program.rows("S", 1, upTo(400)); // 64 million rows of 12 bytes pass the cap of 16 MiB
  runtime::Error error = program.error();
  EXPECT_EQ(error.kind, ErrorKind::Limit);
  EXPECT_EQ(error.message.substr(0, 14), "out of memory:");
  EXPECT_EQ(program.budget.used(), 0u);
}

TEST(ReferenceLimits, DenseTensorsAreCharged) {
  Program program(R"(
    %y = tl.empty add : tensor<100000000xf64>
    tl.query 0 %y : tensor<100000000xf64>)");
  EXPECT_EQ(program.error().kind, ErrorKind::Limit);
}

TEST(ReferenceLimits, StopsWhenInterrupted) {
  Program program(kCube);
  program.rows("S", 1, upTo(10));
  program.cancel.request();
  EXPECT_EQ(program.error().kind, ErrorKind::Interrupted);
}

TEST(ReferenceLimits, StopsAtTheDeadlineInsideALoop) {
  Program program(R"(
    %y0 = tl.empty add : tensor<i64>
    %y = tl.contract add into %y0 {
      %i = tl.index "i" 0 to 1000000000000
      %one = tl.number 1 : i64
      tl.yield %one at [] : i64
    } : tensor<i64>
    tl.query 0 %y : tensor<i64>)");
  program.cancel.setDeadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  EXPECT_EQ(program.error().kind, ErrorKind::Limit);
}

} // namespace
} // namespace tl::backend
