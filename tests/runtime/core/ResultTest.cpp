// Results and the exit codes of their errors.
#include "runtime/core/Result.h"

#include <gtest/gtest.h>

#include <memory>

using namespace tl::runtime;

namespace {

Result<int> half(int value) {
  if (value % 2 != 0)
    return Error{ErrorKind::Data, "odd"};
  return value / 2;
}

Result<void> checkEven(int value) {
  TL_TRY(half(value));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*half(4), 2);
  EXPECT_FALSE(half(3));
  EXPECT_EQ(half(3).error().message, "odd");
}

TEST(Result, MovesOutMoveOnlyValues) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, PassesErrorsOnWithTry) {
  EXPECT_TRUE(checkEven(2));
  ASSERT_FALSE(checkEven(1));
  EXPECT_EQ(checkEven(1).error().kind, ErrorKind::Data);
}

TEST(Result, GivesEachKindTheExitCodeOfTheReference) {
  EXPECT_EQ(exitCode(ErrorKind::Program), 1);
  EXPECT_EQ(exitCode(ErrorKind::Unsupported), 1);
  EXPECT_EQ(exitCode(ErrorKind::Usage), 2);
  EXPECT_EQ(exitCode(ErrorKind::Data), 3);
  EXPECT_EQ(exitCode(ErrorKind::Limit), 4);
  EXPECT_EQ(exitCode(ErrorKind::Check), 5);
  EXPECT_EQ(exitCode(ErrorKind::Interrupted), 130);
}

} // namespace
