// Components, scans, fixpoints and stratification.
#include "OrderProgram.h"

#include "frontend/sema/OrderDistance.h"
#include "frontend/sema/OrderGraph.h"

#include <gtest/gtest.h>

namespace tl::sema::test {
namespace {

/// `scan+ X.1 { X }`, `fix R`, `Y`: components in order, with scan axes and steps.
std::string show(const TypedProgram &program, const std::vector<Component> &components) {
  std::string text;
  for (const Component &component : components) {
    if (!text.empty())
      text += "; ";
    if (component.kind == Component::Kind::Scan)
      text += component.descending ? "scan-" : "scan+";
    if (component.kind == Component::Kind::Fixpoint)
      text += component.isBoolean ? "bool" : component.isIdempotent ? "idem" : "real";
    for (std::size_t k = 0; k < component.tensors.size(); ++k) {
      text += (text.empty() || text.back() == ' '         ? ""
               : component.kind == Component::Kind::Plain ? ""
                                                          : " ") +
              program.tensors[component.tensors[k]].name;
      if (component.kind == Component::Kind::Scan)
        text += "." + std::to_string(component.scanAxis[k]);
    }
    if (component.kind == Component::Kind::Scan)
      text += " {" + show(program, component.step) + "}";
  }
  return text;
}

std::string ordered(ProgramText &text) {
  EXPECT_TRUE(order(text.program, text.diagnostics));
  return show(text.program, text.program.components);
}

TEST(OrderGraph, PutsDependenciesFirstAndKeepsSourceOrder) {
  // 0 reads 2; 1 is free; 2 and 3 are a cycle.
  Graph graph{{2}, {}, {3}, {2}};
  EXPECT_EQ(orderedComponents(graph), (std::vector<std::vector<std::uint32_t>>{{1}, {2, 3}, {0}}));
}

TEST(OrderGraph, TakesLongChains) {
  Graph graph(200'000);
  for (std::uint32_t node = 0; node + 1 < graph.size(); ++node)
    graph[node].push_back(node + 1);
  EXPECT_EQ(orderedComponents(graph).front().front(), graph.size() - 1);
}

TEST(Order, SortsEquationsByWhatTheyRead) {
  ProgramText text;
  text.tensor("Y", "a");
  text.tensor("X", "a");
  text.equation("Y[i] = X[i]");
  EXPECT_EQ(ordered(text), "X; Y");
}

TEST(Order, MakesAForwardRecurrenceAScan) {
  ProgramText text;
  text.tensor("W", "a a");
  text.tensor("X", "a t^");
  text.equation("X[0,0] =");
  text.equation("X[i,t+1] = W[i,j] X[j,t]");
  EXPECT_EQ(ordered(text), "W; scan+ X.1 {X}");
  const Component &scan = text.program.components[1];
  EXPECT_EQ(scan.base, std::vector<EquationId>{0});
  ASSERT_EQ(scan.positions.size(), 1u);
  EXPECT_EQ(scan.positions[0].offset, -1); // t = s - 1
  EXPECT_TRUE(text.program.equations[1].terms[0].value->operands[0]->indices[0].isSelfRead);
}

TEST(Order, MakesABackwardRecurrenceADescendingScan) {
  ProgramText text;
  text.tensor("R", "t");
  text.tensor("G", "t");
  text.equation("G[t] = R[t] G[t+1]");
  EXPECT_EQ(ordered(text), "R; scan- G.0 {G}");
}

TEST(Order, ScansLayersOfSeveralTensors) {
  ProgramText text;
  text.tensor("Emb", "n l^ d");
  text.tensor("Z", "n l d");
  text.tensor("Agg", "n l d");
  text.equation("Emb[n,0,d] =");
  text.equation("Z[n,l,d'] = Emb[n,l,d]");
  text.equation("Agg[n,l,d] = Z[n',l,d]");
  text.equation("Emb[n,l+1,d] = Agg[n,l,d] Emb[n,l,d]");
  EXPECT_EQ(ordered(text), "scan+ Emb.1 Z.1 Agg.1 {Emb; Z; Agg}");
}

TEST(Order, NestsGenerationOverLayers) {
  ProgramText text;
  text.tensor("Emb", "v d");
  text.tensor("Tok", "p^");
  text.tensor("Stream", "b^ p d");
  text.tensor("Comp", "b p p");
  text.tensor("Out", "p v");
  text.equation("Tok[0] =");
  text.equation("Stream[0,p,d] = Tok[p] Emb[v,d]");
  text.equation("Comp[b,p,p'] = Stream[b,p,d] Stream[b,p',d]; p' <= p");
  text.equation("Stream[b+1,p,d] = Comp[b,p,p'] Stream[b,p',d]; p' <= p");
  text.equation("Out[p,v] = Stream[4,p,d] Emb[v,d]");
  text.equation("Tok[p+1] = Out[p,v]");
  EXPECT_EQ(ordered(text),
            "Emb; scan+ Tok.0 Stream.1 Comp.1 Out.0 {Tok; scan+ Stream.0 Comp.0 {Stream; Comp}; Out}");
  const Component &inner = text.program.components[1].step[1];
  EXPECT_EQ(inner.base, std::vector<EquationId>{1});
}

TEST(Order, NestsGenerationWhateverFormItsMaskHas) {
  ProgramText text;
  text.tensor("Tok", "p^");
  text.tensor("Stream", "b^ p d");
  text.tensor("Comp", "b p p");
  text.equation("Tok[0] =");
  text.equation("Stream[0,p,d] = Tok[p]");
  text.equation("Comp[b,p,p'] = Stream[b,p,d] Stream[b,p',d]; p'-p <= 0");
  text.equation("Stream[b+1,p,d] = Comp[b,p,p'] Stream[b,p',d]; 2*p'-2*p < 1");
  text.equation("Tok[p+1] = Stream[4,p,d]");
  EXPECT_EQ(ordered(text), "scan+ Tok.0 Stream.1 Comp.1 {Tok; scan+ Stream.0 Comp.0 {Stream; Comp}}");
}

TEST(Order, OrdersTwoAxesLexicographically) {
  ProgramText text;
  text.tensor("D", "i^ j^");
  text.equation("D[i+1,j+1] = D[i,j+1]");
  text.equation("D[i+1,j+1] = D[i+1,j]");
  EXPECT_EQ(ordered(text), "scan+ D.0 {scan+ D.1 {D}}");
}

TEST(Order, ShiftsWhatReadsAhead) {
  ProgramText text;
  text.tensor("S", "b^");
  text.tensor("M", "b");
  text.equation("S[0] =");
  text.equation("M[b] = S[b+1]");
  text.equation("S[b+2] = M[b]");
  EXPECT_EQ(ordered(text), "scan+ S.0 M.0 {S; M}");
  const Component &scan = text.program.components[0];
  ASSERT_EQ(scan.positions.size(), 2u);
  EXPECT_EQ(scan.positions[0].offset, -1); // M at s - 1 reads S[s]
  EXPECT_EQ(scan.positions[1].offset, -2);
}

TEST(Order, ReadsStatesOfAVirtualIndexInStep) {
  ProgramText text;
  text.tensor("U", "t");
  text.tensor("X", "i *");
  text.tensor("Y", "i t");
  text.tensor("S", "i");
  text.tensor("Last", "i");
  text.equation("X[i,*t+1] = X[i,*t] U[t]");
  text.equation("Y[i,t] = X[i,*t+1]");
  text.equation("S[i] = X[i,*t]");
  text.equation("Last[i] = X[i]");
  EXPECT_EQ(ordered(text), "U; scan+ X.-1 Y.1 S.-2 {X; Y; S}; Last");
  const Component &scan = text.program.components[1];
  EXPECT_EQ(scan.positions[0].offset, -1);
  EXPECT_EQ(scan.positions[1].offset, -1);
  EXPECT_EQ(scan.positions[2].offset, 0);
}

TEST(Order, RefusesAVirtualStateThatIsGone) {
  ProgramText text;
  text.tensor("X", "i *");
  text.equation("X[i,*t+2] = X[i,*t]");
  EXPECT_FALSE(order(text.program, text.diagnostics));
  EXPECT_EQ(text.diagnostics.all()[0].id, source::DiagnosticId::VirtualState);
}

TEST(Order, MakesDatalogABooleanFixpoint) {
  ProgramText text;
  text.relation("Edge", "n n");
  text.relation("Reach", "n n");
  text.equation("Reach(x,y) = Edge(x,y)");
  text.equation("Reach(x,z) = Reach(x,y) Edge(y,z)");
  EXPECT_EQ(ordered(text), "Edge; bool Reach");
  EXPECT_EQ(text.program.components[1].base, std::vector<EquationId>{0});
}

TEST(Order, MakesShortestPathsAnIdempotentFixpointAndSumsARealOne) {
  ProgramText text;
  text.tensor("W", "n n");
  text.tensor("Dist", "n", TensorKind::Dense, Monoid::Min);
  text.tensor("P", "n n");
  text.equation("Dist[y] = Dist[x] W[x,y]");
  text.equation("P[x,y] = P[x,z] W[z,y]");
  EXPECT_EQ(ordered(text), "W; idem Dist; real P");
}

TEST(Order, ReportsNegationInACycleWithTheCycle) {
  ProgramText text;
  text.relation("Node", "n");
  text.relation("P", "n");
  text.relation("Q", "n");
  text.equation("P(x) = Node(x) !Q(x)");
  text.equation("Q(x) = P(x)");
  EXPECT_FALSE(order(text.program, text.diagnostics));
  ASSERT_EQ(text.diagnostics.all().size(), 1u);
  EXPECT_EQ(text.diagnostics.all()[0].id, source::DiagnosticId::UnstratifiedNegation);
  EXPECT_EQ(text.diagnostics.all()[0].message, "'P' depends on its own negation: P <- not Q <- P");
  EXPECT_EQ(text.diagnostics.all()[0].labels.size(), 2u);
}

TEST(Order, AllowsNegationOfWhatStrictlyPrecedes) {
  ProgramText text;
  text.relation("Cell", "x");
  text.relation("Taken", "t^ x");
  text.relation("Free", "t^ x");
  text.equation("Free(t+1,x) = Cell(x) !Taken(t,x)");
  text.equation("Taken(t,x) = Cell(x) !Free(t,x)");
  EXPECT_EQ(ordered(text), "Cell; scan+ Taken.0 Free.0 {Free; Taken}");
}

TEST(Order, ReportsARecursiveAverage) {
  ProgramText text;
  text.tensor("W", "n n");
  text.tensor("A", "n", TensorKind::Dense, Monoid::Average);
  text.equation("A[x] = A[y] W[x,y]");
  EXPECT_FALSE(order(text.program, text.diagnostics));
  EXPECT_EQ(text.diagnostics.all()[0].id, source::DiagnosticId::RecursiveAverage);
  EXPECT_EQ(text.diagnostics.all()[0].message, "'A' is an average of itself: A <- A");
}

TEST(Order, GivesUpOnLargeComponentsQuickly) {
  ProgramText text;
  text.relation("E", "n n");
  for (int k = 0; k < 300; ++k)
    text.relation("R" + std::to_string(k), "n n");
  for (int k = 0; k < 300; ++k)
    text.equation("R" + std::to_string(k) + "(x,z) = R" + std::to_string((k + 7) % 300) + "(x,y) R" +
                  std::to_string((k + 1) % 300) + "(y,z)");
  EXPECT_TRUE(order(text.program, text.diagnostics));
  EXPECT_TRUE(text.program.components.back().isBoolean);
}

TEST(OrderDistance, ChainsGuards) {
  ProgramText text;
  text.tensor("X", "a");
  Equation &equation = text.equation("X[p] = X[q] X[r]; r < q; q <= p - 2");
  DifferenceBounds bounds(equation);
  EXPECT_EQ(bounds.largest({2, 0}, {0, 0}), -3);
  EXPECT_EQ(bounds.largest({0, 0}, {2, 0}), std::nullopt);
  EXPECT_EQ(bounds.largest({std::nullopt, 0}, {1, 1}), -2);
}

TEST(OrderDistance, ReadsSumsOfMultiples) {
  ProgramText text;
  text.tensor("X", "a");
  Equation &equation =
      text.equation("X[p] = X[q] X[r] X[s]; 2*r-2*q < 1; 3*q-3*p <= -5; s+q <= p; 2*s-q <= 0");
  DifferenceBounds bounds(equation);
  EXPECT_EQ(bounds.largest({2, 0}, {1, 0}), 0);
  EXPECT_EQ(bounds.largest({1, 0}, {0, 0}), -2);
  EXPECT_EQ(bounds.largest({2, 0}, {0, 1}), -3);
  EXPECT_EQ(bounds.largest({3, 0}, {0, 0}), std::nullopt); // what is no difference says nothing
}

} // namespace
} // namespace tl::sema::test
