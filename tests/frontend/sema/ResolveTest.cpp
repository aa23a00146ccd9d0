// Extents of classes, ranges of variables, positions of scans.
#include "OrderProgram.h"

#include <gtest/gtest.h>

namespace tl::sema::test {
namespace {

bool resolved(ProgramText &text, const std::map<TensorId, LoadedSizes> &sizes = {}) {
  EXPECT_TRUE(order(text.program, text.diagnostics));
  return resolve(
      text.program, sizes, [](ClassId) { return std::int64_t{5}; },
      [](ClassId, std::string_view) { return std::optional<std::int64_t>(0); }, text.diagnostics);
}

void ask(ProgramText &text, const std::string &tensor, std::vector<std::optional<std::int64_t>> arguments) {
  Query &query = text.program.queries.emplace_back();
  query.text = tensor;
  query.tensor = *text.program.find(tensor);
  query.isBare = arguments.empty();
  for (const std::optional<std::int64_t> &argument : arguments) {
    QueryArgument &added = query.arguments.emplace_back();
    added.kind = argument ? QueryArgument::Kind::Integer : QueryArgument::Kind::Variable;
    added.integer = argument.value_or(0);
  }
}

/// `0..3`: the range of a variable.
std::string range(const ProgramText &text, EquationId equation, const std::string &name) {
  for (const Variable &variable : text.program.equations[equation].variables)
    if (variable.name == name)
      return variable.upper ? std::to_string(*variable.lower) + ".." + std::to_string(*variable.upper)
                            : "none";
  return "unknown";
}

TEST(Resolve, TakesHardExtents) {
  ProgramText text;
  text.tensor("W", "a b");
  text.tensor("Y", "a");
  text.hard("a", 3);
  text.hard("b", 4);
  text.equation("Y[i] = W[i,j]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("a").extent, 3);
  EXPECT_EQ(range(text, 0, "j"), "0..4");
}

TEST(Resolve, ReportsSizesThatDisagree) {
  ProgramText text;
  text.tensor("W", "a b");
  text.tensor("X", "b");
  text.tensor("Y", "a");
  text.hard("a", 2);
  text.hard("b", 3, "'W'");
  text.hard("b", 4, "'X'");
  text.equation("Y[i] = W[i,j] X[j]");
  EXPECT_FALSE(resolved(text));
  ASSERT_EQ(text.diagnostics.all().size(), 1u);
  EXPECT_EQ(text.diagnostics.all()[0].message, "index 'j' has size 3 in 'W' but size 4 in 'X'");
  EXPECT_EQ(text.diagnostics.all()[0].labels.size(), 2u);
}

TEST(Resolve, MakesConvolutionsValid) {
  ProgramText text;
  text.tensor("F", "f");
  text.tensor("Image", "n");
  text.tensor("Y", "y");
  text.hard("f", 2);
  text.hard("n", 4);
  text.equation("Y[x] = F[dx] Image[x+dx]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("y").extent, 3);
  EXPECT_EQ(range(text, 0, "x"), "0..3");
}

TEST(Resolve, StridesAndPools) {
  ProgramText text;
  text.tensor("F", "f");
  text.tensor("Image", "n");
  text.tensor("Y", "y");
  text.tensor("P", "p");
  text.hard("f", 3);
  text.hard("n", 8);
  text.equation("Y[x] = F[dx] Image[2*x+dx]");
  text.equation("P[x/2] = F[dx] Image[x+dx]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("y").extent, 3); // 2*x+2 <= 7
  EXPECT_EQ(text.of("p").extent, 3); // x <= 5
}

TEST(Resolve, ShortensDifferences) {
  ProgramText text;
  text.tensor("X", "x");
  text.tensor("D", "d");
  text.hard("x", 5);
  text.equation("D[i] = X[i+1] X[i]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("d").extent, 4);
  EXPECT_EQ(range(text, 0, "i"), "0..4");
}

TEST(Resolve, StartsWhereTheFirstInputExists) {
  ProgramText text;
  text.tensor("W", "l k k");
  text.tensor("X", "x^ k");
  text.hard("l", 3);
  text.hard("k", 2);
  text.of("x^").softExtent = 1;
  text.equation("X[0,k] =");
  text.equation("X[i,j] = W[i,j,k] X[i-1,k]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("x^").extent, 3);
  EXPECT_EQ(range(text, 1, "i"), "1..3");
  const Component &scan = text.program.components.back();
  EXPECT_EQ(scan.begin, 1);
  EXPECT_EQ(scan.end, 3);
}

TEST(Resolve, EndsReturnsAtTheLastReward) {
  ProgramText text;
  text.tensor("R", "t");
  text.tensor("G", "t");
  text.hard("t", 6);
  text.equation("G[t] = R[t] G[t+1]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(range(text, 0, "t"), "0..6");
  EXPECT_EQ(text.program.components.back().end, 6);
}

TEST(Resolve, DrivesARecurrenceByItsInput) {
  ProgramText text;
  text.tensor("U", "t");
  text.tensor("X", "r^");
  text.tensor("Y", "y");
  text.hard("t", 3);
  text.equation("X[t+1] = X[t] U[t]");
  text.equation("Y[s] = X[s]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("r^").extent, 4);
  EXPECT_EQ(text.of("y").extent, 4);
}

TEST(Resolve, BoundsARecurrenceByItsQueries) {
  ProgramText text;
  text.tensor("W", "a a");
  text.tensor("X", "a t^");
  text.hard("a", 2);
  text.of("t^").softExtent = 1;
  text.equation("X[0,0] =");
  text.equation("X[i,t+1] = W[i,j] X[j,t]");
  ask(text, "X", {0, 5});
  ask(text, "X", {1, 3});
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("t^").extent, 6);
  EXPECT_EQ(range(text, 1, "t"), "0..5");
  EXPECT_EQ(text.program.components.back().begin, 1);
  EXPECT_EQ(text.program.components.back().end, 6);
}

TEST(Resolve, PassesDemandThroughReaders) {
  ProgramText text;
  text.tensor("X", "t^");
  text.tensor("Y", "y");
  text.equation("X[t+1] = X[t]");
  text.equation("Y[t] = X[t]");
  ask(text, "Y", {7});
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("t^").extent, 8);
}

TEST(Resolve, ReportsAnUnboundedQuery) {
  ProgramText text;
  text.tensor("X", "t^");
  text.of("t^").softExtent = 1;
  text.equation("X[0] =");
  text.equation("X[t+1] = X[t]");
  ask(text, "X", {});
  EXPECT_FALSE(resolved(text));
  ASSERT_EQ(text.diagnostics.all().size(), 1u);
  EXPECT_EQ(text.diagnostics.all()[0].id, source::DiagnosticId::UnboundedQuery);
}

TEST(Resolve, BoundsByGuards) {
  ProgramText text;
  text.tensor("X", "t^");
  text.tensor("Y", "y");
  text.equation("X[t+1] = X[t]; t < 9");
  text.equation("Y[i] = ; i <= 4");
  ask(text, "X", {});
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("t^").extent, 10);
  EXPECT_EQ(text.of("y").extent, 5);
}

TEST(Resolve, BoundsAVariableByAnotherOne) {
  ProgramText text;
  text.relation("Lim", "m");
  text.relation("Cnt", "c^");
  text.of("m").softExtent = 11;
  text.of("c^").softExtent = 1;
  text.equation("Cnt(n+1) = Cnt(n) Lim(m); n < m");
  ask(text, "Cnt", {});
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("c^").extent, 11);
  EXPECT_FALSE(text.of("c^").isOpen);
  EXPECT_EQ(text.program.components.back().begin, 1);
  EXPECT_EQ(text.program.components.back().end, 11);
}

TEST(Resolve, ReportsAnIndexThatNothingBounds) {
  ProgramText text;
  text.tensor("X", "a");
  text.tensor("Y", "y");
  text.hard("a", 3);
  text.equation("Y[k] = X[0]");
  EXPECT_FALSE(resolved(text));
  EXPECT_EQ(text.diagnostics.all()[0].id, source::DiagnosticId::UnboundedIndex);
}

TEST(Resolve, TakesTheExtentFromOtherUsesOfTheLeftTensor) {
  ProgramText text;
  text.tensor("X", "a");
  text.tensor("Y", "a");
  text.tensor("Z", "a");
  text.hard("a", 3);
  text.equation("Y[i] =");
  text.equation("Z[i] = Y[i] X[i]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(range(text, 0, "i"), "0..3");
}

TEST(Resolve, TakesTheLargestSoftExtent) {
  ProgramText text;
  text.relation("Edge", "n n");
  text.tensor("Deg", "n");
  text.equation("Deg[x] = Edge(x,y)");
  std::map<TensorId, LoadedSizes> sizes;
  sizes[0].shape = {4, 7};
  sizes[0].columns = {AxisClass::Kind::Integer, AxisClass::Kind::Integer};
  EXPECT_TRUE(resolved(text, sizes));
  EXPECT_EQ(text.of("n").extent, 7);
  EXPECT_EQ(range(text, 0, "x"), "0..7");
}

TEST(Resolve, OpensColumnsThatReachOutside) {
  ProgramText text;
  text.relation("R", "n");
  text.tensor("W", "n");
  text.relation("S", "s");
  text.hard("n", 4);
  text.equation("S(x-1) = R(x)");
  std::map<TensorId, LoadedSizes> sizes;
  sizes[0].shape = {9};
  sizes[0].columns = {AxisClass::Kind::Integer};
  EXPECT_TRUE(resolved(text, sizes));
  EXPECT_EQ(text.of("n").extent, 4);
  EXPECT_TRUE(text.of("n").isOpen);
  EXPECT_TRUE(text.of("s").isOpen);
  EXPECT_EQ(range(text, 0, "x"), "none");
}

TEST(Resolve, RefusesElementsOutsideAHardExtent) {
  ProgramText text;
  text.tensor("X", "x");
  text.tensor("Y", "y");
  text.hard("x", 4);
  text.hard("y", 6, "'Y'");
  text.equation("Y[2*i] = X[i]");
  EXPECT_FALSE(resolved(text));
  EXPECT_EQ(text.diagnostics.all()[0].message, "index 'i' reaches 6 in 'Y' but 'Y' has size 6");
}

TEST(Resolve, FlattensConcatenations) {
  ProgramText text;
  text.tensor("A", "p d");
  text.tensor("B", "q d");
  text.tensor("Y", "y");
  text.hard("p", 2);
  text.hard("q", 1);
  text.hard("d", 3);
  text.equation("Y[0] = A[p,d]").head[0].flattened = {0, 1};
  Equation &second = text.equation("Y[0] = B[q,d]");
  second.head[0].flattened = {0, 1};
  second.head[0].flattenedAfter = {0};
  for (Equation &equation : text.program.equations)
    for (Variable &variable : equation.variables)
      variable.isOnLeft = true;
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("y").extent, 9);
  EXPECT_EQ(text.program.equations[1].head[0].constant, 6);
  ASSERT_EQ(text.program.equations[0].head[0].terms.size(), 2u);
  EXPECT_EQ(text.program.equations[0].head[0].terms[0].coefficient, 3);
}

TEST(Resolve, GivesVirtualScansTheirSteps) {
  ProgramText text;
  text.tensor("U", "t");
  text.tensor("X", "i *");
  text.tensor("Y", "i y");
  text.hard("t", 3);
  text.hard("i", 2);
  text.equation("X[i,*t+1] = X[i,*t] U[t]");
  text.equation("Y[i,s] = X[i,*s]");
  EXPECT_TRUE(resolved(text));
  EXPECT_EQ(text.of("y").extent, 4);
  const Component &scan = text.program.components[1];
  EXPECT_EQ(scan.begin, 0);
  EXPECT_EQ(scan.end, 4);
}

TEST(Resolve, SurvivesHugeSizes) {
  ProgramText text;
  text.tensor("X", "x");
  text.tensor("Y", "y");
  text.hard("x", INT64_MAX);
  text.equation("Y[4*i+9] = X[i]");
  EXPECT_FALSE(resolved(text));
}

} // namespace
} // namespace tl::sema::test
