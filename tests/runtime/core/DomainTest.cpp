// Symbols and their ids.
#include "runtime/core/Domain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

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

TEST(Domain, BorrowedSymbolsAreFoundBeforeAndAfterOthersAreInterned) {
  const std::vector<std::string> lent = {"zero", "", "two"};
  Domain domain;
  for (const std::string &text : lent)
    domain.addBorrowed(text);
  EXPECT_EQ(domain.find("two"), 2);
  EXPECT_EQ(domain.find("three"), std::nullopt);
  EXPECT_EQ(domain.intern("three"), 3);
  EXPECT_EQ(domain.intern("zero"), 0);
  EXPECT_EQ(domain.find(""), 1);
  EXPECT_EQ(domain.find("four"), std::nullopt);
}

TEST(Domain, SortsByBytesAlsoPastTheEighth) {
  using namespace std::string_literals;
  const std::vector<std::string> texts = {"12345678b", "12345678", "\xC3\xA4",  "a\0"s,
                                          "a",         "",         "12345678a", "Z"};
  Domain domain;
  for (const std::string &text : texts)
    domain.intern(text);
  std::vector<std::string> sorted;
  for (Cell id : domain.sortedByText())
    sorted.emplace_back(domain.text(id));
  std::vector<std::string> wanted = texts;
  std::sort(wanted.begin(), wanted.end(),
            [](std::string_view lhs, std::string_view rhs) { return lhs < rhs; });
  EXPECT_EQ(sorted, wanted);
}

TEST(Domain, LookingAheadChangesNothing) {
  Domain domain;
  for (int symbol = 0; symbol < 1000; ++symbol) {
    const std::string text = "s" + std::to_string(symbol % 300);
    const std::uint32_t hash = Domain::hashOf(text);
    domain.prefetchSlot(hash);
    domain.prefetchText(hash);
    EXPECT_EQ(domain.intern(text, hash), symbol % 300);
  }
}

TEST(Domain, TheEmptyTextIsASymbol) {
  Domain domain;
  EXPECT_EQ(domain.intern(""), 0);
  EXPECT_EQ(domain.find(""), 0);
}

} // namespace
