// Whole programs: the conformance set, and text that is printed and read again.
#include "tests/frontend/parse/ParseFixture.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <random>

namespace tl::parse {
namespace {

nlohmann::json conformanceCases() {
  std::ifstream file(std::string(TL_TESTS_FOLDER) + "/conformance/cases.json");
  return nlohmann::json::parse(file);
}

TEST(Program, EveryConformanceProgramParsesAndPrintsStably) {
  nlohmann::json cases = conformanceCases();
  ASSERT_EQ(cases.size(), 48u);
  for (const auto &one : cases) {
    std::string text = one["program"].get<std::string>() + "\n";
    for (const auto &query : one["queries"])
      text += query["query"].get<std::string>() + "?\n";
    auto parsed = parseText(text);
    ASSERT_TRUE(parsed->program) << one["name"] << "\n" << parsed->rendered;
    std::string printed = ast::print(*parsed->program);
    EXPECT_EQ(canonical(printed), printed) << one["name"];
  }
}

TEST(Program, AnEmptyTextIsAProgram) {
  for (const char *text : {"", "\n\n", "// c", ";;", "/* c */"})
    EXPECT_EQ(canonical(text), "");
}

/// Texts one edit away from programs neither crash nor, when they parse, change by printing.
TEST(Program, SurvivesRandomEdits) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  nlohmann::json cases = conformanceCases();
  const char bytes[] = "()[]{}.,;:?=<-+*/%^~\"' \nAa0_\\\x80\xE2";
  for (int round = 0; round < 4000 && !testing::Test::HasFailure(); ++round) {
    std::string text = cases[random() % cases.size()]["program"].get<std::string>();
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      std::size_t place = random() % text.size();
      if (random() % 2)
        text.erase(place, 1 + random() % 4);
      else
        text.insert(place, 1, bytes[random() % (sizeof bytes - 1)]);
      text += text.empty() ? " " : "";
    }
    auto parsed = parseText(text);
    if (!parsed->program) {
      EXPECT_NE(parsed->rendered, "");
      continue;
    }
    std::string printed = ast::print(*parsed->program);
    EXPECT_EQ(canonical(printed), printed) << text;
  }
}

} // namespace
} // namespace tl::parse
