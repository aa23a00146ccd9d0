// Which draw is which: by tensor, by equation text, never by the order of the program.
#include "frontend/sema/Walk.h"
#include "tests/frontend/sema/CheckedText.h"

#include <map>

namespace tl::sema {
namespace {

/// The numbers of the draws of each equation, by its text.
std::map<std::string, std::vector<std::int64_t>> numbersOf(const std::string &text) {
  CheckedText checked(text);
  EXPECT_TRUE(checked.program) << checked.rendered();
  std::map<std::string, std::vector<std::int64_t>> numbers;
  for (Equation &equation : checked.program->equations)
    walkEquation(equation, [&](const Expr &expr) {
      if (expr.kind == Expr::Kind::Random)
        numbers[toString(*checked.program, equation)].push_back(expr.integer);
    });
  return numbers;
}

TEST(Draws, OfOneTensorAreAllDifferent) {
  auto numbers = numbersOf("X[0] = uniform() + normal()\nX[1] = uniform()\nY = uniform()\n");
  EXPECT_EQ(numbers["X[0] = uniform() + normal()"], (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(numbers["X[1] = uniform()"], std::vector<std::int64_t>{2});
  EXPECT_EQ(numbers["Y = uniform()"], std::vector<std::int64_t>{0});
}

TEST(Draws, DoNotDependOnTheOrderOfEquations) {
  EXPECT_EQ(numbersOf("X[0] = uniform()\nX[1] = normal()\n"),
            numbersOf("X[1] = normal()\nX[0] = uniform()\n"));
}

TEST(Draws, AreOneForEachLeftVariable) {
  CheckedText checked("A = [[1, 2]]\nY[i] = uniform() A[i,j]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  bool found = false;
  walkEquation(checked.program->equations[0], [&](const Expr &expr) {
    if (expr.kind != Expr::Kind::Random)
      return;
    found = true;
    ASSERT_EQ(expr.variables.size(), 1u);
    EXPECT_EQ(checked.program->equations[0].variables[expr.variables[0]].name, "i");
  });
  EXPECT_TRUE(found);
}

TEST(Selections, MakeARelationUnlessDeclaredOtherwise) {
  const std::string data = "S = [[1, 2]]\n";
  CheckedText plain(data + "T[p,e.] = topk(S[p,e], 1)\n");
  EXPECT_EQ(plain.tensor("T").kind, TensorKind::Relation);
  CheckedText inside(data + "T[p,e.] = 2 topk(S[p,e], 1)\n");
  EXPECT_EQ(inside.tensor("T").kind, TensorKind::Dense);
  CheckedText declared(data + "tensor T[p: 1, e: 2]: f32\nT[p,e.] = topk(S[p,e], 1)\n");
  EXPECT_EQ(declared.tensor("T").kind, TensorKind::Dense);
}

} // namespace
} // namespace tl::sema
