// Calls of definitions as the equations they stand for.
#include "frontend/expand/Expand.h"

#include "frontend/ast/Printer.h"
#include "frontend/parse/Parser.h"

#include <gtest/gtest.h>

namespace tl::expand {
namespace {

struct ExpandedText {
  explicit ExpandedText(std::string text) {
    std::uint32_t file = sources.add("test.tl", std::move(text));
    std::optional<ast::Program> parsed = parse::parse(sources, file, diagnostics);
    EXPECT_TRUE(parsed);
    std::vector<Module> modules;
    modules.push_back({"", *std::move(parsed), {}});
    program = expand(std::move(modules), sources, diagnostics);
  }
  std::string printed() const {
    return program ? ast::print(*program) : renderAll(sources, diagnostics, false);
  }

  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::optional<ast::Program> program;
};

std::string expanded(std::string text) {
  return ExpandedText(std::move(text)).printed();
}

constexpr const char *kScale = "def scale(X[..., i]; by = 2) -> Y[..., i] { Y[..., i] = by X[..., i] }\n";

TEST(Expand, GivesTheResultTheNameOnTheLeft) {
  EXPECT_EQ(expanded(std::string(kScale) + "B[p,q] = scale(A[p,q])\n"), "B[p, i] = 2 A[p, i]\n");
}

TEST(Expand, ReadsAFreshTensorInsideAnExpression) {
  EXPECT_EQ(expanded(std::string(kScale) + "B[p] = scale(A[p]; by = 3) + 1\n"),
            "B[p] = scale.Y[p] + 1\nscale.Y[i] = 3 A[i]\n");
}

TEST(Expand, RenamesAGroupThatTheDefinitionWouldCapture) {
  EXPECT_EQ(expanded(std::string(kScale) + "B[i,j] = scale(A[i,j]) + 0\n"),
            "B[i, j] = scale.Y[i, j] + 0\nscale.Y[i', i] = 2 A[i', i]\n");
}

TEST(Expand, GivesAnArgumentThatIsNoReadATensor) {
  EXPECT_EQ(expanded(std::string(kScale) + "B[p] = scale(A[p] + 1)\n"),
            "scale.X[p] = A[p] + 1\nB[i] = 2 scale.X[i]\n");
}

TEST(Expand, SharesCallsThatSayTheSame) {
  EXPECT_EQ(expanded(std::string(kScale) + "B[p] = scale(A[p]) + scale(A[p])\nC[q] = scale(A[q]) + 1\n"),
            "B[p] = scale.Y[p] + scale.Y[p]\nscale.Y[i] = 2 A[i]\nC[q] = scale.Y[q] + 1\n");
}

TEST(Expand, ExpandsCallsThatDrawNumbersEachTime) {
  std::string text = expanded("def noise(X[i]) -> Y[i] { Y[i] = X[i] + uniform(0, 1) }\n"
                              "B[p] = noise(A[p]) - noise(A[p])\n");
  EXPECT_NE(text.find("noise#2.Y[i] = A[i]"), std::string::npos) << text;
}

TEST(Expand, RemembersTheCallInEveryPlace) {
  ExpandedText text(std::string(kScale) + "B[p] = scale(A[p])\n");
  ASSERT_TRUE(text.program);
  const source::Expansion *expansion = text.sources.expansion(text.program->statements[0].range.file);
  ASSERT_TRUE(expansion);
  EXPECT_EQ(expansion->definition, "scale");
  EXPECT_EQ(text.sources.text(expansion->call), "scale(A[p])");
}

} // namespace
} // namespace tl::expand
