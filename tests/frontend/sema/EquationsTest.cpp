// Copies, slices, concat, virtual indices, normalisation; every conformance program.
#include "tests/frontend/sema/CheckedText.h"

#include <nlohmann/json.hpp>

#include <fstream>

namespace tl::sema {
namespace {

TEST(Equations, BareNameCopiesEveryAxis) {
  EXPECT_EQ(checkedLast("X = [[1, 2], [3, 4]]\nY = X\n"), "Y[i1,i2] = X[i1,i2]");
}

TEST(Equations, SliceBecomesALeftAxisOfABareName) {
  CheckedText checked("X = [1, 2, 3, 4, 5]\nY = X[1:5:2]\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(dump(*checked.program), "Y[i1] = X[1:5:2]\n");
  EXPECT_EQ(checked.program->equations[0].variables[0].limit, 2);
}

TEST(Equations, SliceIsProjectedOtherwise) {
  EXPECT_EQ(checkedLast("X = [[1, 2], [3, 4]]\nY[j] = X[j,0:2]\n"), "Y[j] = sum[i1](X[j,0:2])");
}

TEST(Equations, ConcatIsOneEquationPerArgument) {
  CheckedText checked("A = [[1, 2]]\nB = [3]\nY[k] = concat(A[p,d], 2 B[q])\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  ASSERT_EQ(checked.program->equations.size(), 2u);
  EXPECT_EQ(checked.program->equations[0].head[0].flattened.size(), 2u);
  EXPECT_EQ(checked.program->equations[1].head[0].flattenedAfter, std::vector<EquationId>{0});
  EXPECT_TRUE(checked.axis("Y", 0).isComputed);
}

TEST(Equations, VirtualIndexIsNoAxis) {
  CheckedText checked("U = [[1.0, 2.0]]\nX[i,*t+1] = 0.5 X[i,*t] + U[i,t]\nX?\n");
  ASSERT_TRUE(checked.program) << checked.rendered();
  EXPECT_EQ(checked.tensor("X").axes.size(), 1u);
  const Equation &equation = checked.program->equations[0];
  ASSERT_TRUE(equation.virtualPosition);
  EXPECT_EQ(equation.virtualPosition->constant, 1);
  EXPECT_TRUE(equation.terms[0].value->operands[1]->virtualPosition);
}

TEST(Equations, NormalisesAlongTheDottedOrLastIndex) {
  CheckedText dotted("X = [[1.0, 2.0]]\nY[p.,d] = softmax(X[p,d])\n");
  ASSERT_TRUE(dotted.program) << dotted.rendered();
  EXPECT_EQ(dump(*dotted.program), "Y[p.,d] = softmax(X[p,d])\n");
  CheckedText last("X = [[1.0, 2.0]]\nY[p,d] = lnorm(X[p,d]; eps = 1e-3)\n");
  ASSERT_TRUE(last.program) << last.rendered();
  EXPECT_EQ(last.reports(),
            std::vector<std::string>{"AmbiguousNormalisation 2: 'lnorm' works along the last index 'd'"});
  EXPECT_EQ(last.program->equations[0].terms[0].value->parameters, std::vector<double>{1e-3});
}

TEST(Equations, ReportsDotsThatNormaliseNothing) {
  EXPECT_EQ(onlyReport("X = [1]\nY[i.] = X[i]\n"),
            "DotNotAllowed 2: a dotted index needs a function that normalises, such as softmax");
  EXPECT_EQ(onlyReport("X = [1]\nY[i] = X[i.]\n"),
            "DotNotAllowed 2: a dot belongs to an index on the left side");
  EXPECT_EQ(onlyReport("X = [1]\nY = softmax(X[i])\n"),
            "DotNotAllowed 2: 'softmax' needs an index on the left to work along");
}

TEST(Equations, EveryConformanceProgramChecksOrNamesWhatIsMissing) {
  std::ifstream file(std::string(TL_TESTS_FOLDER) + "/conformance/cases.json");
  nlohmann::json cases = nlohmann::json::parse(file);
  for (const auto &conformance : cases) {
    std::string text = conformance["program"];
    for (const auto &query : conformance["queries"])
      text += query["query"].get<std::string>() + "?\n";
    CheckOptions options;
    options.optimizers = {{"sgd", {"lr"}}};
    CheckedText checked(text, options);
    for (const source::Diagnostic &diagnostic : checked.diagnostics.all())
      EXPECT_TRUE(diagnostic.id == source::DiagnosticId::NotSupportedYet ||
                  source::severity(diagnostic.id) != source::Severity::Error)
          << conformance["name"] << "\n"
          << checked.rendered();
  }
}

} // namespace
} // namespace tl::sema
