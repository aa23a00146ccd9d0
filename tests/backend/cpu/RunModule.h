// Runs a module given as text on the cpu backend, and on the reference backend where it is in `tl` alone.
#pragma once

#include "backend/cpu/Cpu.h"
#include "backend/reference/Reference.h"
#include "ir/plan/PlanDialect.h"
#include "ir/tl/TlDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace tl::backend {

using Numbers = std::vector<double>;
using Cells = std::vector<runtime::Cell>;

/// How to compile and run.
struct RunMode {
  int level = -1;
  int threads = 1;
};

/// A module, its data, and the limits of its runs. Every run parses the text again, because compiling
/// rewrites it.
class Module {
public:
  explicit Module(std::string source) : text(std::move(source)) {
    context.loadDialect<ir::TlDialect, plan::PlanDialect>();
  }

  Module &bind(const std::string &name, runtime::ElementType type, runtime::Shape shape,
               const Numbers &numbers) {
    runtime::Tensor tensor = *runtime::Tensor::create(budget, type, std::move(shape), name);
    EXPECT_EQ(tensor.elements(), static_cast<std::int64_t>(numbers.size()));
    for (std::int64_t position = 0; position < tensor.elements(); ++position)
      tensor.setNumber(position, numbers[position]);
    bindings.insert_or_assign(name, std::move(tensor));
    return *this;
  }
  Module &f32(const std::string &name, runtime::Shape shape, const Numbers &numbers) {
    return bind(name, runtime::ElementType::F32, std::move(shape), numbers);
  }
  Module &rows(const std::string &name, std::size_t arity, Cells cells) {
    bindings.insert_or_assign(name, runtime::Relation(arity, std::move(cells)));
    return *this;
  }

  runtime::Result<Answers> run(RunMode mode = {}) { return runOn(compileCpu, mode); }
  runtime::Result<Answers> runReference() { return runOn(compileReference, {}); }

  /// The answer to query 0.
  runtime::Value answer(RunMode mode = {}) { return answerOf(run(mode)); }
  runtime::Value referenceAnswer() { return answerOf(runReference()); }

  Numbers numbers(RunMode mode = {}) {
    const runtime::Value value = answer(mode);
    const auto &tensor = std::get<runtime::Tensor>(value);
    Numbers result;
    for (std::int64_t position = 0; position < tensor.elements(); ++position)
      result.push_back(tensor.number(position));
    return result;
  }
  Cells cells(RunMode mode = {}) { return std::get<runtime::Relation>(answer(mode)).cells(); }
  runtime::Error error(RunMode mode = {}) {
    runtime::Result<Answers> answers = run(mode);
    EXPECT_FALSE(answers) << "the run succeeds";
    return answers ? runtime::Error{} : answers.error();
  }

  runtime::MemoryBudget budget{std::size_t{1} << 26};
  runtime::CancelToken cancel;
  Bindings bindings;

private:
  using Compile = runtime::Result<std::unique_ptr<Executable>> (*)(mlir::ModuleOp, const CompileOptions &);

  runtime::Result<Answers> runOn(Compile compile, RunMode mode) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (!module)
      return runtime::Error{runtime::ErrorKind::Program, "the module does not parse:\n" + text};
    auto executable = compile(*module, {.optimizationLevel = mode.level});
    EXPECT_TRUE(executable) << (executable ? "" : executable.error().message);
    return (*executable)->run(bindings, {.budget = &budget, .cancel = &cancel, .threads = mode.threads});
  }

  runtime::Value answerOf(runtime::Result<Answers> answers) {
    EXPECT_TRUE(answers) << (answers ? "" : answers.error().message);
    return answers ? answers->queries.at(0)
                   : runtime::Value(*runtime::Tensor::create(none, runtime::ElementType::F32, {}, "none"));
  }

  runtime::MemoryBudget none;
  std::string text;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Numbers that are exact in every float type, so that sums have one result in whatever order.
inline Numbers exactNumbers(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Numbers numbers(count);
  for (double &number : numbers)
    number = static_cast<int>(random() % 33) / 4.0 - 4.0;
  return numbers;
}

inline Numbers realNumbers(std::size_t count, unsigned seed, double scale = 2) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-scale, scale);
  Numbers numbers(count);
  for (double &number : numbers)
    number = uniform(random);
  return numbers;
}

inline bool haveSameBits(const runtime::Value &lhs, const runtime::Value &rhs) {
  if (const auto *relation = std::get_if<runtime::Relation>(&lhs))
    return *relation == std::get<runtime::Relation>(rhs);
  const auto &left = std::get<runtime::Tensor>(lhs), &right = std::get<runtime::Tensor>(rhs);
  const std::size_t bytes = static_cast<std::size_t>(left.elements()) * runtime::byteWidth(left.type());
  if (left.shape() != right.shape() || std::memcmp(left.data(), right.data(), bytes) != 0)
    return false;
  return !left.isPartial() ||
         std::memcmp(left.present(), right.present(), static_cast<std::size_t>(left.elements())) == 0;
}

/// Replaces every `$NAME` of `text`; longer names first.
inline std::string filled(std::string text, std::vector<std::pair<std::string, std::string>> parts) {
  for (const auto &[name, value] : parts)
    for (std::size_t at = text.find("$" + name); at != std::string::npos; at = text.find("$" + name, at))
      text.replace(at, name.size() + 1, value);
  return text;
}

} // namespace tl::backend
