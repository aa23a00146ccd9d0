// Order and extents of programs as people write them.
#include "frontend/parse/Parser.h"
#include "frontend/sema/Check.h"

#include <gtest/gtest.h>

namespace tl::sema {
namespace {

class ResolveProgram : public ::testing::Test {
protected:
  bool resolve(const std::string &text) {
    ast = parse::parse(sources, sources.add("p.tl", text), diagnostics);
    if (!ast)
      return false;
    program = check(*ast, {}, diagnostics);
    if (!program)
      return false;
    // Facts alone: their integers are already in the classes, their symbols are not counted here.
    return sema::resolve(
        *program, {}, [](ClassId) { return std::int64_t{3}; },
        [](ClassId, std::string_view) { return std::optional<std::int64_t>(0); }, diagnostics);
  }
  std::string messages() const { return source::renderAll(sources, diagnostics, false); }

  /// `3 4`: the extents of a tensor.
  std::string extents(std::string_view name) const {
    std::string text;
    for (ClassId axis : program->tensors[*program->find(name)].axes)
      text += (text.empty() ? "" : " ") + std::to_string(program->classes[axis].extent);
    return text;
  }
  /// `scan 1..3 (X)`: components that are not plain, with what their steps are.
  std::string recursion() const { return recursion(program->components); }
  std::string recursion(const std::vector<Component> &components, bool isStep = false) const {
    std::string text;
    for (const Component &component : components) {
      if (component.kind == Component::Kind::Plain && !isStep)
        continue;
      text += text.empty() ? "" : " ";
      if (component.kind == Component::Kind::Plain)
        text += program->tensors[component.tensors[0]].name;
      if (component.kind == Component::Kind::Scan)
        text += (component.descending ? "back " : "scan ") + std::to_string(component.begin) + ".." +
                std::to_string(component.end) + " (" + recursion(component.step, true) + ")";
      if (component.kind == Component::Kind::Fixpoint)
        for (TensorId tensor : component.tensors)
          text += "fix " + program->tensors[tensor].name;
    }
    return text;
  }
  source::DiagnosticId firstError() const { return diagnostics.all().at(0).id; }

  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::optional<ast::Program> ast;
  std::optional<TypedProgram> program;
};

TEST_F(ResolveProgram, Layers) {
  ASSERT_TRUE(resolve(
      "W = [[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]]\nX0 = [1.0, 2.0]\n"
      "X[0,k] = X0[k]\nX[i,j] = sig(W[i,j,k] X[i-1,k])\nX?\n"))
      << messages();
  EXPECT_EQ(extents("X"), "3 2");
  EXPECT_EQ(recursion(), "scan 1..3 (X)");
}

TEST_F(ResolveProgram, FibonacciAsFarAsTheQueryAsks) {
  ASSERT_TRUE(resolve("W = [[1,1],[1,0]]\nX[0,0] = 1\nX[i,t+1] = W[i,j] X[j,t]\nX[0,5]?\n")) << messages();
  EXPECT_EQ(extents("X"), "2 6");
  EXPECT_EQ(recursion(), "scan 1..6 (X)");
}

TEST_F(ResolveProgram, UnboundedFibonacciIsAnError) {
  EXPECT_FALSE(resolve("W = [[1,1],[1,0]]\nX[0,0] = 1\nX[i,t+1] = W[i,j] X[j,t]\nX[0,5]?\nX?\n"));
  EXPECT_EQ(firstError(), source::DiagnosticId::UnboundedQuery);
}

TEST_F(ResolveProgram, CellsOfALongShortTermMemory) {
  ASSERT_TRUE(resolve("U = [1,2,3]\nF[*t+1] = sig(U[t] + H[*t])\nC[*t+1] = F[*t+1] C[*t] + U[t]\n"
                      "H[*t+1] = tanh(C[*t+1])\nOut[t] = H[*t+1]\nOut?\n"))
      << messages();
  EXPECT_EQ(extents("Out"), "3");
  EXPECT_EQ(recursion(), "scan 1..4 (F C H Out)");
}

TEST_F(ResolveProgram, StackedRecurrentLayersNestTimeOutside) {
  ASSERT_TRUE(resolve(
      "W = [[[1.0, 0.0], [0.0, 1.0]]]\nU = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]\nX[0,i,*t+1] = U[t,i]\n"
      "X[l+1,i,*t+1] = tanh(W[l,i,j] X[l,j,*t+1] + X[l+1,i,*t])\nX?\n"))
      << messages();
  EXPECT_EQ(extents("X"), "2 2");
  EXPECT_EQ(recursion(), "scan 1..4 (scan 1..2 (X))");
}

TEST_F(ResolveProgram, GenerationNestsLayersInPositions) {
  ASSERT_TRUE(
      resolve("Emb = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]\nTok[0] = 2\nStream[0,p,d] = Emb[Tok[p],d]\n"
              "Att[b,p,p'.] = softmax(Stream[b,p,d] Stream[b,p',d]), p' <= p\n"
              "Stream[b+1,p,d] = Att[b,p,p'] Stream[b,p',d] + Stream[b,p,d], b < 2\n"
              "Logit[p,v] = Stream[2,p,d] Emb[v,d]\nTok[p+1] = argmax[v](Logit[p,v]), p < 4\nTok?\n"))
      << messages();
  EXPECT_EQ(extents("Tok"), "5");
  EXPECT_EQ(extents("Att"), "2 4 4");
  EXPECT_EQ(recursion(), "scan 0..5 (Tok scan 0..3 (Stream Att) Logit)");
}

TEST_F(ResolveProgram, WithoutAMaskGenerationIsNoScan) {
  EXPECT_TRUE(
      resolve("Emb = [[1.0, 0.0], [0.0, 1.0]]\nTok[0] = 1\nS[p,d] = Emb[Tok[p],d]\nA[p,d] = S[p',d] S[p,d]\n"
              "Tok[p+1] = argmax[d](A[p,d]), p < 4\nTok?\n"))
      << messages();
  EXPECT_EQ(recursion().substr(0, 3), "fix");
}

TEST_F(ResolveProgram, DynamicProgrammingOverTwoAxes) {
  ASSERT_TRUE(resolve("A = [[1,2],[3,4]]\nD[0,j] = 1, j < 3\nD[i,0] = 1, i < 3\n"
                      "D[i+1,j+1] = D[i,j+1] + D[i+1,j] + A[i,j]\nD?\n"))
      << messages();
  EXPECT_EQ(extents("D"), "3 3");
  EXPECT_EQ(recursion(), "scan 1..3 (scan 1..3 (D))");
}

TEST_F(ResolveProgram, ReturnsRunBackwards) {
  ASSERT_TRUE(resolve("R = [1,2,3]\nGamma = 0.5\nG[t] = R[t] + Gamma G[t+1]\nG?\n")) << messages();
  EXPECT_EQ(recursion(), "back 0..3 (G)");
}

TEST_F(ResolveProgram, NegationOfTheStepBefore) {
  ASSERT_TRUE(resolve(
      "Cell(1)\nCell(2)\nTime(0)\nTime(1)\nTaken(0,1)\nFree(t+1,x) <- Time(t), Cell(x), not Taken(t,x)\n"
      "Taken(t+1,x) <- Time(t), Free(t,x)\nFree(t,x)?\n"))
      << messages();
  EXPECT_EQ(recursion(), "scan 1..3 (Taken Free)");
}

TEST_F(ResolveProgram, CountingStopsAtAGuardOrAQuery) {
  ASSERT_TRUE(resolve("Num(0)\nNum(n+1) <- Num(n), n < 10\nNum(n)?\n")) << messages();
  EXPECT_EQ(extents("Num"), "11");
  ASSERT_TRUE(resolve("Num(0)\nNum(n+1) <- Num(n)\nNum(3)?\n")) << messages();
  EXPECT_EQ(recursion(), "scan 1..4 (Num)");
  EXPECT_FALSE(resolve("Num(0)\nNum(n+1) <- Num(n)\nNum(n)?\n"));
}

TEST_F(ResolveProgram, LengthsByABindingAreAFixpoint) {
  ASSERT_TRUE(resolve("Edge(A,B)\nLen(x,y,1) <- Edge(x,y)\nLen(x,z,n) <- Len(x,y,m), Edge(y,z), n = m + 1, m "
                      "< 5\nLen(x,y,n)?\n"))
      << messages();
  EXPECT_EQ(recursion(), "fix Len");
  EXPECT_EQ(extents("Len"), "3 3 6");
}

TEST_F(ResolveProgram, ShapesOfIndexArithmetic) {
  ASSERT_TRUE(resolve("X = [1,2,3,4,5]\nK = [1,1]\nN = 5\nConv[x] = K[d] X[x+d]\nFull[x+y] = X[x] "
                      "K[y]\nDiff[i] = X[i+1] - X[i]\n"
                      "Back[i] = X[N-1-i]\nHalf[x/2] = X[x]\nOdd[x%2] = X[x]\nCut = X[1:4]\nEvery = "
                      "X[0:5:2]\nSum[i] = X[i] + X[i-1]\n"
                      "Conv?\n"))
      << messages();
  EXPECT_EQ(extents("Conv"), "4");
  EXPECT_EQ(extents("Full"), "6");
  EXPECT_EQ(extents("Diff"), "4");
  EXPECT_EQ(extents("Back"), "5");
  EXPECT_EQ(extents("Half"), "3");
  EXPECT_EQ(extents("Odd"), "2");
  EXPECT_EQ(extents("Cut"), "3");
  EXPECT_EQ(extents("Every"), "3");
  EXPECT_EQ(extents("Sum"), "5");
}

TEST_F(ResolveProgram, ConcatenationsAddUp) {
  ASSERT_TRUE(resolve("A = [[1,2,3],[4,5,6]]\nB = [7,8]\nY[k] = concat(A[i,j], B[q])\nY?\n")) << messages();
  EXPECT_EQ(extents("Y"), "8");
}

TEST_F(ResolveProgram, RelationsGiveDenseAxesTheirSize) {
  ASSERT_TRUE(
      resolve("A(1)\nA(2)\nB(5)\nS(c) <- A(a), B(b), c = a + b\nD[c] = S(c)\nE(0, 4)\nDeg[x] = E(x,y)\nD?\n"))
      << messages();
  EXPECT_EQ(extents("D"), "8");
  EXPECT_EQ(extents("Deg"), "1");
}

TEST_F(ResolveProgram, NegationWithoutStepsIsAnError) {
  EXPECT_FALSE(resolve("N(1)\nP(x) <- N(x), not Q(x)\nQ(x) <- N(x), not P(x)\nP(x)?\n"));
  EXPECT_EQ(firstError(), source::DiagnosticId::UnstratifiedNegation);
}

TEST_F(ResolveProgram, LongChainsOfEquations) {
  std::string text = "X0 = [1,2,3]\n";
  for (int k = 1; k < 3000; ++k)
    text += "X" + std::to_string(k) + "[i] = X" + std::to_string(k - 1) + "[i] + X" + std::to_string(k / 2) +
            "[i]\n";
  ASSERT_TRUE(resolve(text + "X2999?\n")) << messages();
  EXPECT_EQ(extents("X2999"), "3");
}

} // namespace
} // namespace tl::sema
