// Facts, files and literals as the values that a program runs on.
#include "frontend/driver/Load.h"

#include "frontend/parse/Parser.h"
#include "frontend/sema/Check.h"
#include "runtime/io/Formats.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tl::driver {
namespace {

class Load : public ::testing::Test {
protected:
  void SetUp() override {
    const ::testing::TestInfo *test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::temp_directory_path() / ("tl-load-" + std::string(test->name()));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void file(const std::string &name, const std::string &text) {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  std::string path(const std::string &name) const { return (folder / name).string(); }

  void array(const std::string &name, runtime::ElementType type, runtime::Shape shape,
             const std::vector<double> &values) {
    ASSERT_TRUE(runtime::writeTensor({path(name), ""}, tensor(type, std::move(shape), values)));
  }
  runtime::Tensor tensor(runtime::ElementType type, runtime::Shape shape, const std::vector<double> &values) {
    runtime::Tensor made = *runtime::Tensor::create(budget, type, std::move(shape), "X");
    for (std::size_t k = 0; k < values.size(); ++k)
      made.setNumber(static_cast<std::int64_t>(k), values[k]);
    return made;
  }

  bool load(const std::string &text, std::map<std::string, std::string> files = {}) {
    const std::uint32_t number = sources.add("p.tl", text);
    ast = parse::parse(sources, number, diagnostics);
    EXPECT_TRUE(ast) << source::renderAll(sources, diagnostics, false);
    program = sema::check(*ast, {}, diagnostics);
    EXPECT_TRUE(program) << source::renderAll(sources, diagnostics, false);
    if (!program)
      return false;
    LoadOptions options;
    options.folder = folder.string();
    options.files = std::move(files);
    options.budget = &budget;
    data = driver::load(*program, *ast, options, diagnostics, failure);
    return data.has_value();
  }
  std::string messages() const { return source::renderAll(sources, diagnostics, false); }
  std::string lastMessage() const {
    return diagnostics.all().empty() ? "" : diagnostics.all().back().message;
  }

  /// `(Alice,Bob) (Alice,3)`: rows of a relation with their symbols.
  std::string rows(const std::string &name) {
    const runtime::Relation &relation = std::get<runtime::Relation>(data->bindings.at(name));
    const sema::TensorSymbol &tensor = program->tensors[*program->find(name)];
    std::string text;
    for (std::size_t row = 0; row < relation.size(); ++row) {
      text += text.empty() ? "(" : " (";
      for (std::size_t axis = 0; axis < relation.arity(); ++axis) {
        const runtime::Cell cell = relation.row(row)[axis];
        const runtime::Domain *domain = data->domains[tensor.axes[axis]].get();
        text += (axis ? "," : "") + (domain ? std::string(domain->text(cell)) : std::to_string(cell));
      }
      text += ")";
    }
    return text;
  }

  /// `[2, 3] f32: 1 2 -`: shape, type, and elements; `-` is absent.
  std::string dense(const std::string &name) {
    const runtime::Tensor &tensor = std::get<runtime::Tensor>(data->bindings.at(name));
    std::string text =
        runtime::toString(tensor.shape()) + " " + std::string(runtime::name(tensor.type())) + ":";
    for (std::int64_t k = 0; k < tensor.elements(); ++k) {
      std::string number = std::to_string(tensor.number(k));
      while (number.back() == '0' || number.back() == '.') {
        const bool isPoint = number.back() == '.';
        number.pop_back();
        if (isPoint)
          break;
      }
      text += " " + (tensor.isPresent(k) ? number : "-");
    }
    return text;
  }
  std::int64_t extent(const std::string &name, std::size_t axis) const {
    return program->classes[program->tensors[*program->find(name)].axes[axis]].extent;
  }

  std::filesystem::path folder;
  runtime::MemoryBudget budget;
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  std::optional<ast::Program> ast;
  std::optional<sema::TypedProgram> program;
  std::optional<LoadedData> data;
  std::optional<runtime::ErrorKind> failure;
};

TEST_F(Load, NumbersSymbolsOfFacts) {
  ASSERT_TRUE(load("Parent(Alice, Bob)\nParent(Bob, \"New York\")\nKid(x) <- Parent(Alice, x)\nKid(x)?\n"))
      << messages();
  EXPECT_EQ(rows("Parent"), "(Alice,Bob) (Bob,New York)");
  EXPECT_TRUE(data->bound.count(*program->find("Parent")));
}

TEST_F(Load, KeepsNegativeIntegersOfFacts) {
  ASSERT_TRUE(load("Age(Alice, 30)\nAge(Bob, -1)\nAge(x,n)?\n")) << messages();
  EXPECT_EQ(rows("Age"), "(Alice,30) (Bob,-1)");
}

TEST_F(Load, JoinsFactsAndFiles) {
  file("edges.tsv", "Bob\tCal\nAnn\tBob\n");
  file("more.csv", "from,to\n\"Dee, the\",Ann\n");
  ASSERT_TRUE(load("Edge(Ann, Bob)\nEdge = \"edges.tsv\"\nEdge = \"more.csv\", header = true\nEdge(x,y)?\n"))
      << messages();
  EXPECT_EQ(rows("Edge"), "(Ann,Bob) (Bob,Cal) (Dee, the,Ann)");
}

TEST_F(Load, TakesIntegersForSymbolsWhereAColumnHasBoth) {
  file("a.tsv", "1\n2\n");
  ASSERT_TRUE(load("Node(Root)\nNode = \"a.tsv\"\nNode(x)?\n")) << messages();
  EXPECT_EQ(rows("Node"), "(Root) (1) (2)");
}

TEST_F(Load, ReadsTextsAsPositionAndWord) {
  file("alice.txt", "Alice loves\nBob Alice\n");
  ASSERT_TRUE(load("M = \"alice.txt\"\nM(i,w)?\n")) << messages();
  EXPECT_EQ(rows("M"), "(0,Alice) (1,loves) (2,Bob) (3,Alice)");
}

TEST_F(Load, KeepsTheOrderOfADeclaredDomain) {
  file("people.txt", "Cal\nAnn\nBob\n");
  ASSERT_TRUE(
      load("domain Person = \"people.txt\"\ntensor Likes[x: Person, y: Person]: bool\nLikes(Ann, Bob)\n"
           "Age = [30, 40, 50]\nOld[x] = Age[x] Likes(x,y)\nOld?\n"))
      << messages();
  EXPECT_EQ(std::get<runtime::Relation>(data->bindings.at("Likes")).row(0)[0], 1);
  EXPECT_EQ(dense("Age"), "[3] i64: 30 40 50");
}

TEST_F(Load, ReportsAnUnknownSymbolWithFileAndLine) {
  file("likes.tsv", "Ann\tBob\nAnn\tEve\n");
  EXPECT_FALSE(load("domain Person = {Ann, Bob}\ntensor Likes[x: Person, y: Person]: bool\nLikes = "
                    "\"likes.tsv\"\nLikes(x,y)?\n"));
  EXPECT_EQ(lastMessage(), "'" + path("likes.tsv") + "' line 2: domain 'Person' has no symbol 'Eve'");
  EXPECT_EQ(failure, runtime::ErrorKind::Data);
}

TEST_F(Load, ReportsASymbolTwiceInADomain) {
  file("people.txt", "Ann\nBob\nAnn\n");
  EXPECT_FALSE(
      load("domain Person = \"people.txt\"\ntensor Likes[x: Person]: bool\nLikes(Ann)\nLikes(x)?\n"));
  EXPECT_EQ(failure, runtime::ErrorKind::Data);
}

TEST_F(Load, ReportsAMissingFileAtItsStatement) {
  EXPECT_FALSE(load("X = \"x.npy\"\nY[i] = X[i]\nY?\n"));
  EXPECT_EQ(lastMessage(), "'" + path("x.npy") + "': no such file");
  EXPECT_EQ(diagnostics.all().back().range.begin, 4u);
  EXPECT_EQ(failure, runtime::ErrorKind::Data);
}

TEST_F(Load, ReportsAnUnknownExtension) {
  EXPECT_FALSE(load("X = \"x.dat\"\nY[i] = X[i]\nY?\n"));
  EXPECT_EQ(failure, runtime::ErrorKind::Data);
}

TEST_F(Load, ReadsAnArrayInTheTypeOfItsTensor) {
  array("x.npy", runtime::ElementType::F64, {2, 2}, {1, 2, 3, 4.5});
  ASSERT_TRUE(load("X = \"x.npy\"\nY[i] = X[i,j]\nY?\n")) << messages();
  EXPECT_EQ(dense("X"), "[2, 2] f32: 1 2 3 4.5");
}

TEST_F(Load, ReadsAnArrayWhoseRankOnlyTheFileTells) {
  array("x.npy", runtime::ElementType::F32, {1, 3}, {1, 2, 3});
  ASSERT_TRUE(load("X = \"x.npy\"\nX?\n")) << messages();
  EXPECT_EQ(dense("X"), "[1, 3] f32: 1 2 3");
}

TEST_F(Load, ReportsAnArrayOfTheWrongRank) {
  array("x.npy", runtime::ElementType::F32, {3}, {1, 2, 3});
  EXPECT_FALSE(load("X = \"x.npy\"\nY[i] = X[i,j]\nY?\n"));
  EXPECT_FALSE(failure); // the file is fine, the program does not fit it
}

TEST_F(Load, ReportsSizesOfFilesThatDisagree) {
  array("w.npy", runtime::ElementType::F32, {2, 3}, {});
  array("x.npy", runtime::ElementType::F32, {4}, {});
  EXPECT_FALSE(load("W = \"w.npy\"\nX = \"x.npy\"\nY[i] = W[i,j] X[j]\nY?\n"));
  EXPECT_EQ(lastMessage(), "index 'j' has size 3 in 'W' but size 4 in 'X'");
  EXPECT_FALSE(failure);
}

TEST_F(Load, StacksAFamily) {
  const runtime::NamedTensor members[] = {{"l.0.w", tensor(runtime::ElementType::F32, {2}, {1, 2})},
                                          {"l.1.w", tensor(runtime::ElementType::F32, {2}, {3, 4})},
                                          {"l.2.w", tensor(runtime::ElementType::F32, {2}, {5, 6})}};
  ASSERT_TRUE(runtime::writeTensors(path("m.safetensors"), members));
  ASSERT_TRUE(load(
      "W[l,i] = \"m.safetensors:l.{l}.w\"\nV[i,l] = \"m.safetensors:l.{l}.w\"\nY[i] = W[l,i] V[i,l]\nY?\n"))
      << messages();
  EXPECT_EQ(dense("W"), "[3, 2] f32: 1 2 3 4 5 6");
  EXPECT_EQ(dense("V"), "[2, 3] f32: 1 3 5 2 4 6");
}

TEST_F(Load, StacksEveryOtherMember) {
  const runtime::NamedTensor members[] = {{"l.0.w", tensor(runtime::ElementType::F32, {2}, {1, 2})},
                                          {"l.1.w", tensor(runtime::ElementType::F32, {3}, {3, 4, 5})},
                                          {"l.2.w", tensor(runtime::ElementType::F32, {2}, {5, 6})},
                                          {"l.3.w", tensor(runtime::ElementType::F32, {3}, {7, 8, 9})}};
  ASSERT_TRUE(runtime::writeTensors(path("m.safetensors"), members));
  ASSERT_TRUE(load("W[l,i] = \"m.safetensors:l.{2 * l}.w\"\nV[l,i] = \"m.safetensors:l.{(l+l)+1}.w\"\n"
                   "Y = W[l,i] V[l,j]\nY?\n"))
      << messages();
  EXPECT_EQ(dense("W"), "[2, 2] f32: 1 2 5 6");
  EXPECT_EQ(dense("V"), "[2, 3] f32: 3 4 5 7 8 9");
}

TEST_F(Load, ReportsAGapBetweenComputedNumbers) {
  const runtime::NamedTensor members[] = {{"l.1.w", tensor(runtime::ElementType::F32, {2}, {1, 2})},
                                          {"l.2.w", tensor(runtime::ElementType::F32, {2}, {1, 2})},
                                          {"l.5.w", tensor(runtime::ElementType::F32, {2}, {5, 6})}};
  ASSERT_TRUE(runtime::writeTensors(path("m.safetensors"), members));
  EXPECT_FALSE(load("W[l,i] = \"m.safetensors:l.{2*l+1}.w\"\nY[i] = W[l,i]\nY?\n"));
  EXPECT_EQ(failure, runtime::ErrorKind::Data);
}

TEST_F(Load, ReportsBracesThatAreNoNumber) {
  const runtime::NamedTensor members[] = {{"l.0.w", tensor(runtime::ElementType::F32, {2}, {1, 2})}};
  ASSERT_TRUE(runtime::writeTensors(path("m.safetensors"), members));
  EXPECT_FALSE(load("W[l,i] = \"m.safetensors:l.{2l}.w\"\nY[i] = W[l,i]\nY?\n"));
  EXPECT_NE(lastMessage().find("'{2l}' must be an index of the left side"), std::string::npos);
}

TEST_F(Load, ReportsAFamilyWithoutAnEnd) {
  const runtime::NamedTensor members[] = {{"l.0.w", tensor(runtime::ElementType::F32, {2}, {1, 2})}};
  ASSERT_TRUE(runtime::writeTensors(path("m.safetensors"), members));
  EXPECT_FALSE(load("W[l,i] = \"m.safetensors:l.{l%1}.w\"\nY[i] = W[l,i]\nY?\n"));
  EXPECT_EQ(failure, runtime::ErrorKind::Limit);
}

TEST_F(Load, ReportsAGapInAFamily) {
  const runtime::NamedTensor members[] = {{"l.0.w", tensor(runtime::ElementType::F32, {2}, {1, 2})},
                                          {"l.2.w", tensor(runtime::ElementType::F32, {2}, {5, 6})}};
  ASSERT_TRUE(runtime::writeTensors(path("m.safetensors"), members));
  EXPECT_FALSE(load("W[l,i] = \"m.safetensors:l.{l}.w\"\nY[i] = W[l,i]\nY?\n"));
  EXPECT_EQ(failure, runtime::ErrorKind::Data);
}

TEST_F(Load, ReadsElementsOfATable) {
  file("roads.tsv", "A\tB\t1.5\nB\tC\t2\n");
  ASSERT_TRUE(load("Length[x,y] = \"roads.tsv\"\nY[x] = Length[x,y]\nY?\n")) << messages();
  EXPECT_EQ(extent("Length", 0), 2);
  EXPECT_EQ(dense("Length"), "[2, 2] f32: 1.5 0 0 2");
}

TEST_F(Load, ReportsARepeatedKey) {
  file("roads.tsv", "0\t1\t1.5\n0\t1\t2\n");
  EXPECT_FALSE(load("Length[x,y] = \"roads.tsv\"\nY[x] = Length[x,y]\nY?\n"));
  EXPECT_NE(lastMessage().find("line 2: the same indices come twice"), std::string::npos);
}

TEST_F(Load, CombinesRepeatedKeysUnderAnOperator) {
  file("roads.tsv", "0\t1\t1.5\n0\t1\t2\n");
  ASSERT_TRUE(load(
      "Length[x,y] += \"roads.tsv\"\nShort[x,y] min= \"roads.tsv\"\nY[x] = Length[x,y] Short[x,y]\nY?\n"))
      << messages();
  EXPECT_EQ(dense("Length"), "[1, 2] f32: 0 3.5");
  EXPECT_EQ(dense("Short"), "[1, 2] f32: - 1.5");
}

TEST_F(Load, PadsALiteralOfADeclaredTensor) {
  ASSERT_TRUE(load("tensor W[i: 4]: f64\nW = [1, 2]\nY[i] = W[i]\nY?\n")) << messages();
  EXPECT_EQ(dense("W"), "[4] f64: 1 2 0 0");
}

TEST_F(Load, TakesFilesFromTheCommandLine) {
  array("y.npy", runtime::ElementType::F32, {2}, {7, 8});
  ASSERT_TRUE(load("X = \"x.npy\"\nY[i] = X[i]\nY?\n", {{"X", path("y.npy")}})) << messages();
  EXPECT_EQ(dense("X"), "[2] f32: 7 8");
  EXPECT_FALSE(load("X = \"x.npy\"\nY[i] = X[i]\nY?\n", {{"Z", path("y.npy")}}));
  EXPECT_EQ(failure, runtime::ErrorKind::Usage);
}

TEST_F(Load, ReportsAnArrayReadByPositionOverUndeclaredSymbols) {
  array("w.npy", runtime::ElementType::F32, {2}, {1, 2});
  EXPECT_FALSE(load("Likes(Alice, Bob)\nW = \"w.npy\"\nS = W[x] Likes(x,y)\nS?\n"));
  EXPECT_EQ(diagnostics.all().back().id, source::DiagnosticId::KindClash);
}

TEST_F(Load, ReportsAFractionWhereAnIndexIsNeeded) {
  array("t.npy", runtime::ElementType::F32, {2}, {1, 0.5});
  EXPECT_FALSE(load("Emb = [[1, 2], [3, 4]]\nT = \"t.npy\"\nY[p,d] = Emb[T[p],d]\nY?\n"));
  EXPECT_EQ(failure, runtime::ErrorKind::Data);
}

TEST_F(Load, ReportsAnIntegerBeyond32Bits) {
  file("n.tsv", "5000000000\n");
  EXPECT_FALSE(load("N = \"n.tsv\"\nN(x)?\n"));
  EXPECT_NE(lastMessage().find("does not fit into 32 bits"), std::string::npos);
}

TEST_F(Load, TakesTheExtentOfAnIntegerColumn) {
  file("e.tsv", "0\t6\n3\t1\n");
  ASSERT_TRUE(load("E = \"e.tsv\"\nDeg[x] = E(x,y)\nDeg?\n")) << messages();
  EXPECT_EQ(extent("Deg", 0), 4);
}

TEST_F(Load, LoadsWithinTheMemoryCap) {
  runtime::MemoryBudget small(1000);
  const std::uint32_t number = sources.add("p.tl", "tensor W[i: 1000]: f64\nW = [1, 2]\nY[i] = W[i]\nY?\n");
  ast = parse::parse(sources, number, diagnostics);
  program = sema::check(*ast, {}, diagnostics);
  ASSERT_TRUE(program);
  LoadOptions options;
  options.budget = &small;
  EXPECT_FALSE(driver::load(*program, *ast, options, diagnostics, failure));
  EXPECT_EQ(failure, runtime::ErrorKind::Limit);
}

} // namespace
} // namespace tl::driver
