// Runs a program given as text of `tl` on the reference backend.
#pragma once

#include "backend/Executable.h"

#include "backend/reference/Reference.h"
#include "ir/tl/TlDialect.h"
#include "runtime/core/HalfFloat.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <limits>

namespace tl::backend {

inline constexpr double kAbsent = -12345;

/// A program, its data, and the limits of its run.
class Program {
public:
  explicit Program(llvm::StringRef body) {
    context.loadDialect<ir::TlDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(("tl.program {\n" + body + "\n}").str(), &context);
    EXPECT_TRUE(module) << "the program does not parse";
  }

  Program &bind(const std::string &name, runtime::ElementType type, runtime::Shape shape,
                std::vector<double> numbers, bool isPartial = false) {
    runtime::Tensor tensor = *runtime::Tensor::create(budget, type, std::move(shape), name, isPartial);
    EXPECT_EQ(tensor.elements(), static_cast<std::int64_t>(numbers.size()));
    for (std::int64_t position = 0; position < tensor.elements(); ++position) {
      tensor.setNumber(position, numbers[position]);
      if (isPartial)
        tensor.mutablePresent()[position] = numbers[position] != kAbsent;
    }
    bindings.insert_or_assign(name, std::move(tensor));
    return *this;
  }
  Program &f64(const std::string &name, runtime::Shape shape, std::vector<double> numbers) {
    return bind(name, runtime::ElementType::F64, std::move(shape), std::move(numbers));
  }
  Program &i64(const std::string &name, runtime::Shape shape, std::vector<double> numbers) {
    return bind(name, runtime::ElementType::I64, std::move(shape), std::move(numbers));
  }
  Program &rows(const std::string &name, std::size_t arity, std::vector<runtime::Cell> cells) {
    bindings.insert_or_assign(name, runtime::Relation(arity, std::move(cells)));
    return *this;
  }

  runtime::Result<Answers> run() {
    auto executable = compileReference(*module, {});
    EXPECT_TRUE(executable);
    return (*executable)->run(bindings, {.budget = &budget, .cancel = &cancel});
  }

  /// The numbers of the answer to query 0, absent elements as `kAbsent`.
  std::vector<double> numbers() {
    runtime::Result<Answers> answers = run();
    EXPECT_TRUE(answers) << (answers ? "" : answers.error().message);
    if (!answers)
      return {};
    const auto &tensor = std::get<runtime::Tensor>(answers->queries.at(0));
    std::vector<double> result;
    for (std::int64_t position = 0; position < tensor.elements(); ++position)
      result.push_back(tensor.isPresent(position) ? tensor.number(position) : kAbsent);
    return result;
  }
  /// The cells of the answer to query 0.
  std::vector<runtime::Cell> cells() {
    runtime::Result<Answers> answers = run();
    EXPECT_TRUE(answers) << (answers ? "" : answers.error().message);
    return answers ? std::get<runtime::Relation>(answers->queries.at(0)).cells()
                   : std::vector<runtime::Cell>{};
  }
  /// The error that the run must end with.
  runtime::Error error() {
    runtime::Result<Answers> answers = run();
    EXPECT_FALSE(answers) << "the run succeeds";
    return answers ? runtime::Error{} : answers.error();
  }

  runtime::MemoryBudget budget{std::size_t{1} << 24};
  runtime::CancelToken cancel;
  Bindings bindings;

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

using Numbers = std::vector<double>;
using Cells = std::vector<runtime::Cell>;

} // namespace tl::backend
