// What diagnostics look like.
#include "frontend/source/Diagnostic.h"

#include <gtest/gtest.h>

namespace tl::source {
namespace {

class Rendering : public testing::Test {
protected:
  std::uint32_t add(std::string text) { return sources.add("net.tl", std::move(text)); }
  Diagnostic at(std::uint32_t begin, std::uint32_t end, std::string message) {
    return {DiagnosticId::ExtentClash, {0, begin, end}, std::move(message), {}, std::nullopt, {}};
  }
  SourceManager sources;
};

TEST_F(Rendering, ShowsOneCaretLinePerLabel) {
  add("W = 1\nX = 2\nY[i] = step(W[i,j] X[j])\n");
  Diagnostic diagnostic = at(24, 30, "index 'j' has size 3 in 'W' but size 4 in 'X'");
  diagnostic.labels = {{{0, 24, 30}, "'W' has 3 columns here"}, {{0, 31, 35}, "'X' has 4 elements here"}};
  EXPECT_EQ(render(sources, diagnostic, false),
            "net.tl:3:13: error: index 'j' has size 3 in 'W' but size 4 in 'X'\n"
            "  3 | Y[i] = step(W[i,j] X[j])\n"
            "    |             ^^^^^^ 'W' has 3 columns here\n"
            "    |                    ^^^^ 'X' has 4 elements here\n");
}

TEST_F(Rendering, ShowsTheLinesOfLabelsElsewhere) {
  add("A = 1\n\n\n\n\n\n\n\n\nB = A\n");
  Diagnostic diagnostic = at(18, 19, "two");
  diagnostic.labels = {{{0, 0, 1}, "first here"}};
  EXPECT_EQ(render(sources, diagnostic, false), "net.tl:10:5: error: two\n"
                                                "  10 | B = A\n"
                                                "     |     ^\n"
                                                "   1 | A = 1\n"
                                                "     | ^ first here\n");
}

TEST_F(Rendering, NamesTheFileOfALabelElsewhere) {
  add("A = 1\n");
  sources.add("other.tl", "\nB = 2\n");
  Diagnostic diagnostic = at(0, 1, "two");
  diagnostic.labels = {{{1, 1, 2}, "there"}};
  EXPECT_EQ(render(sources, diagnostic, false), "net.tl:1:1: error: two\n"
                                                "  1 | A = 1\n"
                                                "    | ^\n"
                                                "  other.tl:2:1:\n"
                                                "  2 | B = 2\n"
                                                "    | ^ there\n");
}

TEST_F(Rendering, PutsCaretsUnderCharactersNotBytes) {
  add("\tX(\"caf\xC3\xA9\") Y\n");
  EXPECT_EQ(render(sources, at(12, 13, "m"), false), "net.tl:1:13: error: m\n"
                                                     "  1 |     X(\"caf\xC3\xA9\") Y\n"
                                                     "    |               ^\n");
}

TEST_F(Rendering, CutsLongLinesAroundTheCaret) {
  add("Y = " + std::string(1000, 'a') + " B " + std::string(1000, 'c') + "\n");
  std::string text = render(sources, at(1005, 1006, "m"), false);
  std::string line = text.substr(text.find('\n') + 1);
  std::string carets = line.substr(line.find('\n') + 1);
  EXPECT_EQ(line.find('\n'), 6u + 160 + 6);
  EXPECT_EQ(line.find('B'), carets.find('^'));
}

TEST_F(Rendering, ShowsTheHintAndTheLineAfterTheFix) {
  add("domian P = {A}\n");
  Diagnostic diagnostic = at(0, 6, "m");
  diagnostic.hint = "look";
  diagnostic.fix = Fix{{0, 0, 6}, "domain", "did you mean 'domain'?"};
  EXPECT_EQ(render(sources, diagnostic, false), "net.tl:1:1: error: m\n"
                                                "  1 | domian P = {A}\n"
                                                "    | ^^^^^^\n"
                                                "  help: look\n"
                                                "  help: did you mean 'domain'?\n"
                                                "  1 | domain P = {A}\n");
}

TEST_F(Rendering, AcceptsPlacesAtAndPastTheEnd) {
  add("");
  EXPECT_EQ(render(sources, at(50, 60, "m"), false), "net.tl:1:1: error: m\n  1 |\n    | ^\n");
}

TEST_F(Rendering, NamesTheFileAloneWhenThereIsNoPlace) {
  add("A\n");
  EXPECT_EQ(render(sources, at(0, 0, "m"), false), "net.tl: error: m\n");
}

TEST_F(Rendering, SortsByPlaceAndDropsDuplicates) {
  add("A\nB\n");
  DiagnosticEngine engine;
  engine.report(DiagnosticId::SyntaxError, {0, 2, 3}, "second");
  engine.report(DiagnosticId::SyntaxError, {0, 0, 1}, "first");
  engine.report(DiagnosticId::SyntaxError, {0, 2, 3}, "second");
  EXPECT_EQ(renderAll(sources, engine, false), "net.tl:1:1: error: first\n  1 | A\n    | ^\n"
                                               "net.tl:2:1: error: second\n  2 | B\n    | ^\n");
}

TEST(DiagnosticEngine, CountsWarningsAsErrorsWhenStrict) {
  DiagnosticEngine engine;
  engine.report(DiagnosticId::UndefinedTensor, {0, 0, 0}, "m");
  EXPECT_FALSE(engine.hasErrors());
  engine.promoteWarnings();
  EXPECT_TRUE(engine.hasErrors());
}

TEST(Nearest, SuggestsWhatIsOneSlipAway) {
  std::vector<std::string> names{"Parent", "Person", "W"};
  EXPECT_EQ(nearest("Paretn", names), "Parent");
  EXPECT_EQ(nearest("parent", names), "Parent");
  EXPECT_EQ(nearest("Prson", names), "Person");
  EXPECT_EQ(nearest("X", names), std::nullopt);
  EXPECT_EQ(nearest("Ancestor", names), std::nullopt);
}

} // namespace
} // namespace tl::source
