// Packages as bytes and back, and bytes that are none.
#include "runtime/package/Inputs.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace tl::runtime {
namespace {

/// Bytes at an address that packages may begin at.
class AlignedBytes {
public:
  explicit AlignedBytes(const std::vector<std::byte> &bytes)
      : size(bytes.size()),
        memory(std::aligned_alloc(kPackageAlignment, (size / kPackageAlignment + 1) * kPackageAlignment),
               &std::free) {
    std::memcpy(memory.get(), bytes.data(), size);
  }
  std::span<std::byte> all() { return {static_cast<std::byte *>(memory.get()), size}; }

private:
  std::size_t size;
  std::unique_ptr<void, decltype(&std::free)> memory;
};

Package examplePackage(MemoryBudget &budget) {
  Package package;
  package.name = "example.tl";
  auto people = std::make_shared<Domain>("Person");
  people->intern("Ann");
  people->intern("Bob");
  package.domains = {nullptr, people, people};
  Tensor tensor = *Tensor::create(budget, ElementType::F32, {2, 3}, "X", true);
  tensor.setNumber(4, 2.5);
  tensor.mutablePresent()[4] = 1;
  package.data.emplace("X", tensor);
  package.data.emplace("Knows", Relation(2, {0, 1, 1, 0}));
  package.data.emplace("Holds", Relation::nullary(true));
  package.facts.emplace("Knows", Relation(2, {1, 1}));
  package.queries = {{"Knows(x,_)",
                      QuestionKind::Relation,
                      false,
                      {{QuestionArgument::Kind::Variable, "x", 0}, {}},
                      "Knows",
                      {{1, true, 2}, {2, false, 2}}}};
  package.writes = {{"y.npy", {"Y", QuestionKind::Tensor, true, {}, "Y", {{0, false, 3}}}}};
  Input knows{"Knows",
              {true, ElementType::Bool, false, {2, 2}},
              {{1, true, 2}, {2, false, 2}},
              {false, true},
              "knows.tsv",
              false,
              RowCombination::Unique,
              {"Known"}};
  Input values{"X",
               {false, ElementType::F32, true, {2, 3}},
               {{0, false, 2}, {0, false, 3}},
               {false, false},
               "",
               false,
               RowCombination::Max,
               {}};
  package.inputs = {knows, values};
  package.features = {"avx2"};
  Block body;
  body.steps.push_back({ReadStep{0, "X"}, {}, {}, 0, ""});
  ScanStep scan;
  scan.end = 3;
  scan.inits = {{0, true}};
  scan.body.arguments = {1, 2};
  scan.body.steps.push_back({CallStep{0, {1}, 2, 3, true, false}, {2}, {2}, 1, "example.tl:3"});
  scan.body.next = {{3, false}};
  scan.results = {4};
  body.steps.push_back({scan, {0}, {}, 0, ""});
  SemiNaiveStep rounds;
  rounds.carriedNames = {"Near"};
  rounds.inits = {{0, false}};
  rounds.start.arguments = {1};
  rounds.round.arguments = {1, 2, 3};
  rounds.round.steps.push_back({RowsStep{3, 4, RowVersion::Delta, false, {}}, {3}, {}, 0, ""});
  rounds.results = {4};
  body.steps.push_back({rounds, {}, {}, 0, ""});
  body.steps.push_back({OutletStep{true, 0, 4}, {4}, {}, 0, ""});
  package.program.body = body;
  package.program.types.resize(5);
  package.program.kernels = {{"Y0", 12, -1, {false, true}, true, 0, 3}};
  return package;
}

TEST(Package, ComesBackAsItWas) {
  MemoryBudget budget;
  const Package package = examplePackage(budget);
  const std::vector<std::byte> bytes = packageBytes(package);
  AlignedBytes memory(bytes);
  Result<Package> opened = openPackage(memory.all(), budget);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(packageBytes(*opened), bytes);
  EXPECT_EQ(opened->domains[1], opened->domains[2]);
  EXPECT_EQ(opened->domains[1]->find("Bob"), std::optional<Cell>(1));
  EXPECT_EQ(opened->domains[1]->find("Cid"), std::nullopt);
  const auto &scan = std::get<ScanStep>(opened->program.body.steps[1].action);
  EXPECT_EQ(scan.body.steps[0].place, "example.tl:3");
  EXPECT_EQ(std::get<SemiNaiveStep>(opened->program.body.steps[2].action).carriedNames[0], "Near");
  EXPECT_TRUE(opened->program.kernels[0].countsRows[1]);
}

TEST(Package, KeepsElementsAndWhichAreThere) {
  MemoryBudget budget;
  AlignedBytes memory(packageBytes(examplePackage(budget)));
  Result<Package> opened = openPackage(memory.all(), budget);
  ASSERT_TRUE(opened);
  const Tensor &tensor = std::get<Tensor>(opened->data.at("X"));
  EXPECT_EQ(tensor.number(4), 2.5);
  EXPECT_TRUE(tensor.isPresent(4));
  EXPECT_FALSE(tensor.isPresent(0));
}

TEST(Package, RefusesEveryBeginningOfItself) {
  MemoryBudget budget;
  const std::vector<std::byte> bytes = packageBytes(examplePackage(budget));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    AlignedBytes memory({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    EXPECT_FALSE(openPackage(memory.all(), budget)) << size;
  }
}

TEST(Package, SurvivesEveryChangedByte) {
  MemoryBudget budget;
  const std::vector<std::byte> bytes = packageBytes(examplePackage(budget));
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    AlignedBytes memory(bytes);
    memory.all()[place] ^= std::byte{0x55};
    (void)openPackage(memory.all(), budget);
  }
}

std::string errorOf(const Result<void> &result) {
  return result ? "" : result.error().message;
}

TEST(Inputs, JoinRowsWithFactsAndRefuseStrangers) {
  MemoryBudget budget;
  Package package = examplePackage(budget);
  Table table;
  table.rows = 1;
  table.columns.resize(2);
  table.columns[0] = {false, {}, {0}, {"Ann"}};
  table.columns[1] = {false, {}, {0}, {"Cid"}};
  ASSERT_TRUE(setRows(package, package.inputs[0], table, "rows", budget));
  EXPECT_EQ(std::get<Relation>(package.data.at("Knows")), Relation(2, {0, 2, 1, 1}));
  EXPECT_EQ(std::get<Relation>(package.data.at("Known")), Relation(2, {0, 2, 1, 1}));
  Package other = examplePackage(budget);
  std::swap(table.columns[0], table.columns[1]);
  EXPECT_NE(errorOf(setRows(other, other.inputs[0], table, "rows", budget)).find("'Cid' in column 1"),
            std::string::npos);
}

TEST(Inputs, CombineElementsThatComeTwiceAndRefuseOtherShapes) {
  MemoryBudget budget;
  Package package = examplePackage(budget);
  Table table;
  table.rows = 3;
  table.columns.resize(2);
  table.columns[0].integers = {1, 0, 1};
  table.columns[1].integers = {2, 0, 2};
  table.values = {1, 5, 3};
  ASSERT_TRUE(setRows(package, package.inputs[1], table, "rows", budget));
  const Tensor &tensor = std::get<Tensor>(package.data.at("X"));
  EXPECT_EQ(tensor.number(5), 3);
  EXPECT_TRUE(tensor.isPresent(0));
  EXPECT_FALSE(tensor.isPresent(1));
  table.columns[1].integers = {2, 0, 3};
  EXPECT_NE(errorOf(setRows(package, package.inputs[1], table, "rows", budget)).find("line 3: the integer 3"),
            std::string::npos);
  const Tensor wide = *Tensor::create(budget, ElementType::F32, {2, 4}, "wide");
  EXPECT_NE(errorOf(setTensor(package, package.inputs[1], wide, "wide", budget)).find("[2, 4]"),
            std::string::npos);
}

} // namespace
} // namespace tl::runtime
