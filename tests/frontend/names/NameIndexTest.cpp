// Names, their scopes and their definitions.
#include "frontend/names/NameIndex.h"

#include "frontend/names/Complete.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tl::names {
namespace {

/// The names that are the same as the one at the first place of `text`, as `line:column`.
std::string sameAs(const NameIndex &index, std::string_view text) {
  const Occurrence *one = index.at(static_cast<std::uint32_t>(index.text().find(text)));
  std::string places;
  if (one)
    for (const Occurrence *other : index.same(*one)) {
      std::string_view before = index.text().substr(0, other->begin);
      auto line = 1 + std::count(before.begin(), before.end(), '\n');
      places += std::to_string(line) + ":" + std::to_string(before.size() - before.rfind('\n')) + " ";
    }
  return places;
}

TEST(NameIndex, KeepsIndicesOfStatementsApart) {
  NameIndex index("\nY[i] = W[i,j] X[j]\nZ[i] = 2 Y[i]\n");
  EXPECT_EQ(sameAs(index, "i] ="), "2:3 2:10 ");
  EXPECT_EQ(sameAs(index, "j]"), "2:12 2:17 ");
  EXPECT_EQ(sameAs(index, "Y[i] ="), "2:1 3:10 ");
}

TEST(NameIndex, KeepsNamesOfBlocksToThemselvesButForConstants) {
  NameIndex index(
      "\nconst Half = 0.5\nA = [1, 2]\ndef f(A[i]; scale = 1) -> B[i] {\n  B[i] = Half scale A[i]\n}\nC[i] = f(A[i]; scale = 2)\n");
  EXPECT_EQ(sameAs(index, "A = "), "3:1 7:10 ");
  EXPECT_EQ(sameAs(index, "A[i];"), "4:7 5:21 ");
  EXPECT_EQ(sameAs(index, "Half ="), "2:7 5:10 ");
  EXPECT_EQ(sameAs(index, "scale = 1"), "4:13 5:15 7:16 ");
  EXPECT_EQ(sameAs(index, "f(A[i];"), "4:5 7:8 ");
}

TEST(NameIndex, TakesQuotedSymbolsForTheSameNames) {
  NameIndex index("\ndomain Person = {Ann, \"New York\"}\nLikes(\"Ann\", \"New York\")\nX = \"Ann.npy\"\n");
  EXPECT_EQ(sameAs(index, "Ann,"), "2:18 3:8 ");
  EXPECT_EQ(sameAs(index, "New York"), "2:24 3:15 ");
}

TEST(NameIndex, FindsDefinitions) {
  NameIndex index(
      "\nE(A, B)\nE(B, C)\nR(x, y) <- E(x, y)\nR(x, z) <- R(x, y), E(y, z)\ndLoss/dW?\nLoss = W[i] W[i]\ntensor W[i: 3]\n");
  auto definitions = [&](std::string_view text) {
    const Occurrence *found = index.at(static_cast<std::uint32_t>(index.text().find(text)));
    return found ? index.definitions(*found).size() : 0;
  };
  EXPECT_EQ(definitions("R(x, y), E"), 2u);
  EXPECT_EQ(definitions("E(x, y)"), 1u);
  EXPECT_EQ(definitions("Loss/"), 1u);
  EXPECT_EQ(sameAs(index, "W?"), "6:8 7:8 7:13 8:8 ");
}

TEST(NameIndex, KnowsTheNamesInADerivativeOfAnExternalFunction) {
  NameIndex index(
      "\nextern \"a.so\" f(x, y), dx = g, dy = f\nextern \"a.so\" g(x, y)\nY[i] = g(A[i], A[i])\n");
  EXPECT_EQ(sameAs(index, "x, y), d"), "2:17 2:25 ");
  EXPECT_EQ(sameAs(index, "g, dy"), "2:29 3:15 4:8 ");
  EXPECT_EQ(sameAs(index, "f(x"), "2:15 2:37 ");
}

TEST(NameIndex, ReadsTextsThatAreNotPrograms) {
  for (const char *text : {"", "Y[", "def", "def f(", "def f(A[i]) -> B[i] {", "}", "\"", "(", "domain",
                           "import", "dX/d", "Y[i] = W[i, \nZ = 1", "\xff\xfe"})
    EXPECT_EQ(NameIndex(text).at(1000), nullptr) << text;
}

std::string words(std::string_view text) {
  std::string made;
  for (const Candidate &candidate : complete(text, text.size()).candidates)
    made += candidate.word + " ";
  return made;
}

TEST(Complete, OffersTheIndicesOfThePlace) {
  const std::string program = "Price[product, day] = 2\nLikes(Ann, Bob)\n";
  EXPECT_EQ(words(program + "Y[p] = Price["), "product p ");
  EXPECT_EQ(words(program + "Y[p] = Price[p, d"), "day ");
  EXPECT_EQ(words(program + "Likes(x, "), "x Bob ");
  EXPECT_EQ(words(program + "// Pr"), "");
  EXPECT_EQ(words(program + "Y = \"Pr"), "");
  EXPECT_EQ(words(program + "Y = Pr"), "Price ");
}

} // namespace
} // namespace tl::names
