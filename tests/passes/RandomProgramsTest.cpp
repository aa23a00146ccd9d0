// What the passes make of a program means what the program means: cpu and reference agree on random ones.
#include "tests/passes/RandomProgram.h"

#include "backend/Executable.h"
#include "ir/plan/PlanDialect.h"
#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

namespace tl::tests {
namespace {

using runtime::MemoryBudget;
using runtime::Relation;
using runtime::Tensor;

int between(std::mt19937 &random, std::int64_t low, std::int64_t high) {
  return static_cast<int>(low + static_cast<std::int64_t>(random() % (high - low + 1)));
}

Relation randomRelation(std::mt19937 &random, ir::RelationType type) {
  if (type.arity() == 0)
    return Relation::nullary(random() % 2 == 0);
  std::vector<runtime::Cell> cells;
  for (int row = between(random, 0, 24); row > 0; --row)
    for (std::int64_t bound : type.getBounds())
      cells.push_back(bound < 0 ? between(random, -4, 7) : between(random, 0, bound - 1));
  return Relation(type.arity(), std::move(cells));
}

Tensor randomTensor(std::mt19937 &random, MemoryBudget &budget, mlir::Type type) {
  mlir::RankedTensorType dense = ir::denseType(type);
  runtime::Shape shape(dense.getShape().begin(), dense.getShape().end());
  Tensor tensor = *Tensor::create(budget, *ir::elementTypeOf(dense.getElementType()), shape, "input",
                                  ir::isPartial(type));
  for (std::int64_t position = 0; position < tensor.elements(); ++position) {
    tensor.setNumber(position, between(random, -1, 3));
    if (tensor.isPartial())
      tensor.mutablePresent()[position] = random() % 3 != 0;
  }
  return tensor;
}

backend::Bindings randomBindings(mlir::ModuleOp module, MemoryBudget &budget, std::uint32_t seed) {
  std::mt19937 random(seed + 1);
  backend::Bindings bindings;
  module.walk([&](ir::ReadOp read) {
    mlir::Type type = read.getTensor().getType();
    if (auto relation = mlir::dyn_cast<ir::RelationType>(type))
      bindings.insert_or_assign(read.getName().str(), randomRelation(random, relation));
    else
      bindings.insert_or_assign(read.getName().str(), randomTensor(random, budget, type));
  });
  return bindings;
}

void print(std::ostream &out, const runtime::Value &value) {
  if (const auto *relation = std::get_if<Relation>(&value)) {
    out << relation->size() << " rows:";
    for (runtime::Cell cell : relation->cells())
      out << ' ' << cell;
    return;
  }
  const auto &tensor = std::get<Tensor>(value);
  out << runtime::toString(tensor.shape()) << ':';
  for (std::int64_t position = 0; position < tensor.elements(); ++position)
    if (tensor.isPresent(position))
      out << ' ' << tensor.number(position) + 0.0; // + 0.0: minus zero is zero
    else
      out << " _";
}

constexpr const char *kJoins[] = {"auto", "pairwise", "multiway"};

/// The answers as text, or why there are none.
std::string answersOf(std::string_view backendName, const std::string &program, std::uint32_t seed) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<ir::TlDialect, plan::PlanDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(program, &context);
  if (!module)
    return "the program does not parse for '" + std::string(backendName) + "'";
  MemoryBudget budget;
  runtime::CancelToken cancel;
  const backend::Bindings bindings = randomBindings(*module, budget, seed);
  auto executable =
      backend::find(backendName)
          ->compile(*module,
                    {.joins = kJoins[seed % 3], .fuses = seed % 5 != 0, .rowBytes = seed % 2 == 0 ? 16 : 0});
  if (!executable)
    return executable.error().message;
  if (mlir::failed(mlir::verify(*module)))
    return "the planned module does not verify";
  const int threads = seed / 3 % 3 == 0 ? 2 : 1;
  auto answers = (*executable)->run(bindings, {.budget = &budget, .cancel = &cancel, .threads = threads});
  if (!answers)
    return answers.error().message;
  std::ostringstream out;
  for (const auto &[number, value] : answers->queries) {
    out << "query " << number << ' ';
    print(out, value);
    out << '\n';
  }
  return out.str();
}

/// An environment variable as a number, so that a failure is replayed with TL_SEED=n and long runs with
/// TL_PROGRAMS=n.
std::uint32_t setting(const char *name, std::uint32_t otherwise) {
  const char *text = std::getenv(name);
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)) : otherwise;
}

TEST(RandomPrograms, MeanTheSameOnEveryBackend) {
  const std::uint32_t first = setting("TL_SEED", 1);
  const std::uint32_t programs = setting("TL_PROGRAMS", 200);
  for (std::uint32_t seed = first; seed < first + programs; ++seed) {
    const std::string program = RandomProgram(seed).text();
    ASSERT_EQ(answersOf("reference", program, seed), answersOf("cpu", program, seed))
        << "TL_SEED=" << seed << " TL_PROGRAMS=1\n"
        << program;
  }
}

} // namespace
} // namespace tl::tests
