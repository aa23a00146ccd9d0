// Symbols and their ids.
#include "runtime/core/Domain.h"

#include <gtest/gtest.h>

using namespace tl::runtime;

namespace {

TEST(Domain, NumbersSymbolsInTheOrderOfFirstUse) {
  Domain domain("Person");
  EXPECT_EQ(domain.intern("Bob"), 0);
  EXPECT_EQ(domain.intern("Ann"), 1);
  EXPECT_EQ(domain.intern("Bob"), 0);
  EXPECT_EQ(domain.size(), 2);
  EXPECT_EQ(domain.text(1), "Ann");
  EXPECT_EQ(domain.find("Ann"), 1);
  EXPECT_EQ(domain.find("Cy"), std::nullopt);
  EXPECT_EQ(domain.sortedByText(), (std::vector<Cell>{1, 0}));
}

TEST(Domain, TextsStayValidWhileItGrows) {
  Domain domain;
  std::string_view first = domain.text(domain.intern("first"));
  for (int symbol = 0; symbol < 10'000; ++symbol)
    domain.intern("s" + std::to_string(symbol));
  EXPECT_EQ(first, "first");
  EXPECT_EQ(domain.intern("s9999"), 10'000);
}

TEST(Domain, TheEmptyTextIsASymbol) {
  Domain domain;
  EXPECT_EQ(domain.intern(""), 0);
  EXPECT_EQ(domain.find(""), 0);
}

} // namespace
