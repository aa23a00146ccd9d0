// Dense tensors: element access, sharing, absence.
#include "runtime/core/Tensor.h"

#include <gtest/gtest.h>

using namespace tl::runtime;

namespace {

constexpr ElementType kAllTypes[] = {ElementType::Bool, ElementType::I8,  ElementType::I32,
                                     ElementType::I64,  ElementType::F16, ElementType::BF16,
                                     ElementType::F32,  ElementType::F64};

TEST(ElementType, NamesReadBack) {
  for (ElementType type : kAllTypes)
    EXPECT_EQ(elementTypeNamed(name(type)), type);
  EXPECT_EQ(elementTypeNamed("f8"), std::nullopt);
  EXPECT_FALSE(isFloat(ElementType::I64));
  EXPECT_TRUE(isFloat(ElementType::BF16));
}

TEST(Tensor, StartsAtZeroAndKeepsNumbersOfEveryType) {
  MemoryBudget budget;
  for (ElementType type : kAllTypes) {
    Result<Tensor> tensor = Tensor::create(budget, type, {2, 3}, "T");
    ASSERT_TRUE(tensor);
    EXPECT_EQ(tensor->elements(), 6);
    EXPECT_EQ(tensor->number(5), 0);
    tensor->setNumber(5, 1);
    tensor->setInteger(4, 1);
    EXPECT_EQ(tensor->number(5), 1) << name(type);
    EXPECT_EQ(tensor->integer(4), 1) << name(type);
  }
}

TEST(Tensor, IntegersOf64BitsStayExact) {
  MemoryBudget budget;
  Tensor tensor = *Tensor::create(budget, ElementType::I64, {}, "T");
  tensor.setInteger(0, INT64_MAX - 1);
  EXPECT_EQ(tensor.integer(0), INT64_MAX - 1);
}

TEST(Tensor, CopiesShareUntilOneIsOwned) {
  MemoryBudget budget;
  Tensor original = *Tensor::create(budget, ElementType::F32, {4}, "T");
  original.setNumber(0, 5);
  Tensor copy = original;
  EXPECT_EQ(copy.data(), original.data());
  ASSERT_TRUE(copy.own());
  EXPECT_NE(copy.data(), original.data());
  copy.setNumber(0, 6);
  EXPECT_EQ(original.number(0), 5);
  const void *before = copy.data();
  ASSERT_TRUE(copy.own());
  EXPECT_EQ(copy.data(), before);
}

TEST(Tensor, WhatIsBorrowedIsReadAndCopiedToBeWritten) {
  MemoryBudget budget;
  auto elements = std::make_shared<std::vector<double>>(std::vector<double>{1, 2, 3});
  std::weak_ptr<std::vector<double>> watch = elements;
  Tensor tensor = Tensor::borrow(budget, ElementType::F64, {3}, elements->data(), elements);
  EXPECT_EQ(tensor.data(), elements->data());
  EXPECT_EQ(tensor.elements(), 3);
  EXPECT_EQ(budget.used(), 0u);
  (*elements)[1] = 7;
  EXPECT_EQ(tensor.number(1), 7);
  Tensor copy = tensor;
  EXPECT_TRUE(copy.isBorrowed());
  ASSERT_TRUE(copy.own());
  EXPECT_FALSE(copy.isBorrowed());
  EXPECT_TRUE(tensor.isBorrowed());
  EXPECT_EQ(budget.used(), 3 * sizeof(double));
  copy.setNumber(0, 5);
  EXPECT_EQ((*elements)[0], 1);
  elements.reset();
  EXPECT_FALSE(watch.expired());
  ASSERT_TRUE(tensor.own());
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(tensor.number(1), 7);
}

TEST(Tensor, PartialTensorsStartAbsentAndCopyTheirPresence) {
  MemoryBudget budget;
  Tensor tensor = *Tensor::create(budget, ElementType::F64, {3}, "T", true);
  EXPECT_FALSE(tensor.isPresent(1));
  tensor.mutablePresent()[1] = 1;
  Tensor copy = tensor;
  ASSERT_TRUE(copy.own());
  EXPECT_TRUE(copy.isPresent(1));
  copy.mutablePresent()[2] = 1;
  EXPECT_FALSE(tensor.isPresent(2));
}

TEST(Tensor, OwningFailsWhenTheCopyPassesTheCap) {
  MemoryBudget budget(100);
  Tensor tensor = *Tensor::create(budget, ElementType::F64, {10}, "T");
  Tensor copy = tensor;
  Result<void> owned = copy.own();
  ASSERT_FALSE(owned);
  EXPECT_EQ(owned.error().kind, ErrorKind::Limit);
}

TEST(Tensor, NamesTheTensorThatIsTooLarge) {
  MemoryBudget budget(100);
  Result<Tensor> tensor = Tensor::create(budget, ElementType::F64, {1 << 20, 1 << 20, 1 << 20}, "W");
  ASSERT_FALSE(tensor);
  EXPECT_NE(tensor.error().message.find("'W'"), std::string::npos);
  EXPECT_EQ(budget.used(), 0u);
}

} // namespace
