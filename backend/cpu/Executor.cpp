// The walk over a program, and the ops that give and take data.
#include "backend/cpu/Executor.h"

#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlTypes.h"
#include "runtime/core/ExternalFunction.h"
#include "runtime/kernels/MatrixFunctions.h"
#include "runtime/kernels/Normalize.h"
#include "runtime/kernels/Ordered.h"

#include "llvm/ADT/TypeSwitch.h"

#include <array>

namespace tl::backend::cpu {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using runtime::Tensor;

runtime::NormalizationKind kindOf(ir::Normalization kind) {
  switch (kind) {
  case ir::Normalization::Softmax:
    return runtime::NormalizationKind::Softmax;
  case ir::Normalization::LogSoftmax:
    return runtime::NormalizationKind::LogSoftmax;
  case ir::Normalization::LayerNorm:
    return runtime::NormalizationKind::LayerNorm;
  case ir::Normalization::RmsNorm:
    return runtime::NormalizationKind::RmsNorm;
  case ir::Normalization::L2Norm:
    return runtime::NormalizationKind::L2Norm;
  case ir::Normalization::CumSum:
  case ir::Normalization::CumProd:
  case ir::Normalization::Sort:
  case ir::Normalization::Rank:
  case ir::Normalization::Order:
    break;
  }
  llvm_unreachable("every kind is listed");
}

runtime::OrderedKind orderedKindOf(ir::Normalization kind) {
  switch (kind) {
  case ir::Normalization::CumSum:
    return runtime::OrderedKind::CumSum;
  case ir::Normalization::CumProd:
    return runtime::OrderedKind::CumProd;
  case ir::Normalization::Sort:
    return runtime::OrderedKind::Sort;
  case ir::Normalization::Rank:
    return runtime::OrderedKind::Rank;
  case ir::Normalization::Order:
    return runtime::OrderedKind::Order;
  case ir::Normalization::Softmax:
  case ir::Normalization::LogSoftmax:
  case ir::Normalization::LayerNorm:
  case ir::Normalization::RmsNorm:
  case ir::Normalization::L2Norm:
    break;
  }
  llvm_unreachable("every kind is listed");
}

runtime::MatrixFunction kindOf(ir::MatrixFunction function) {
  switch (function) {
  case ir::MatrixFunction::Solve:
    return runtime::MatrixFunction::Solve;
  case ir::MatrixFunction::Inverse:
    return runtime::MatrixFunction::Inverse;
  case ir::MatrixFunction::Cholesky:
    return runtime::MatrixFunction::Cholesky;
  case ir::MatrixFunction::Eigh:
    return runtime::MatrixFunction::Eigh;
  case ir::MatrixFunction::Svd:
    return runtime::MatrixFunction::Svd;
  }
  llvm_unreachable("every function is listed");
}

runtime::Shape shapeOf(mlir::Type type) {
  llvm::ArrayRef<std::int64_t> shape = ir::denseType(type).getShape();
  return {shape.begin(), shape.end()};
}

runtime::ElementType elementOf(mlir::Type type) {
  return *ir::elementTypeOf(ir::denseType(type).getElementType());
}

/// Kernels trust the types of the program, so data of any other shape or element type stops here.
Result<void> checkData(const std::string &name, const runtime::Value &value, mlir::Type type) {
  auto mismatch = [&](const std::string &wanted, const std::string &given) {
    return Error{ErrorKind::Program,
                 "'" + name + "' is " + wanted + " in the program but its data is " + given};
  };
  const auto *tensor = std::get_if<Tensor>(&value);
  if (ir::isRelation(type) && tensor)
    return mismatch("a relation", "a tensor");
  if (!ir::isRelation(type) && !tensor)
    return mismatch("a tensor", "a relation");
  if (!tensor) {
    const std::size_t columns = std::get<runtime::Relation>(value).arity();
    if (columns != ir::rankOf(type))
      return mismatch("of " + std::to_string(ir::rankOf(type)) + " columns", "of " + std::to_string(columns));
    return {};
  }
  if (tensor->shape() != shapeOf(type))
    return mismatch("of shape " + runtime::toString(shapeOf(type)),
                    "of shape " + runtime::toString(tensor->shape()));
  if (tensor->type() != elementOf(type))
    return mismatch("of type " + std::string(runtime::name(elementOf(type))),
                    std::string(runtime::name(tensor->type())));
  if (tensor->isPartial() != ir::isPartial(type))
    return mismatch(ir::isPartial(type) ? "partial" : "complete",
                    tensor->isPartial() ? "partial" : "complete");
  return {};
}

} // namespace

Executor::Executor(const Lifetimes &lifetimes, const KernelTable &kernels, const Bindings &bindings,
                   const RunOptions &options)
    : lifetimes(lifetimes), kernels(kernels), bindings(bindings), budget(*options.budget),
      cancel(*options.cancel), watch(*options.cancel), pool(options.threads), scratch(*options.budget) {
  profile = options.profile;
}

Result<Answers> Executor::run(ir::ProgramOp program) {
  TL_TRY(runBlock(program.getBody().front()));
  return std::move(answers);
}

Result<void> Executor::poll() const {
  if (std::optional<Error> stopped = cancel.poll())
    return *std::move(stopped);
  return {};
}

/// The tl.next of a body is left to the op that runs the body.
Result<void> Executor::runBlock(mlir::Block &block) {
  for (mlir::Operation &op : block) {
    if (mlir::isa<ir::NextOp>(op))
      break;
    TL_TRY(poll());
    TL_TRY(runOp(op));
    for (mlir::Value ended : lifetimes.endingAt(&op))
      values.erase(ended);
  }
  return {};
}

Result<void> Executor::runOp(mlir::Operation &op) {
  return llvm::TypeSwitch<mlir::Operation *, Result<void>>(&op)
      .Case<ir::ReadOp>([&](auto read) { return runRead(read); })
      .Case<ir::EmptyOp>([&](auto empty) { return runEmpty(empty); })
      .Case<ir::NormalizeOp>([&](auto normalize) { return runNormalize(normalize); })
      .Case<ir::MatrixOp>([&](auto matrix) { return runMatrix(matrix); })
      .Case<ir::ExternalOp>([&](auto external) { return runExternal(external); })
      .Case<ir::ScanOp>([&](auto scan) { return runScan(scan); })
      .Case<ir::FixpointOp>([&](auto fixpoint) { return runFixpoint(fixpoint); })
      .Case<plan::SemiNaiveOp>([&](auto recursion) { return runSemiNaive(recursion); })
      .Case<plan::CallOp>([&](auto call) { return runCall(call); })
      .Case<plan::ProductOp>([&](auto product) { return runProduct(product); })
      .Case<plan::RowsOp>([&](auto rows) {
        runRows(rows);
        return Result<void>();
      })
      .Case<plan::IndexByOp>([&](auto index) {
        runIndexBy(index);
        return Result<void>();
      })
      .Case<ir::QueryOp, ir::WriteOp>([&](auto outlet) -> Result<void> {
        Result<runtime::Value> value = handedOut(outlet.getTensor());
        if (!value)
          return value.error();
        auto &taken = mlir::isa<ir::QueryOp>(outlet) ? answers.queries : answers.writes;
        taken.insert_or_assign(static_cast<std::int64_t>(outlet.getNumber()), *std::move(value));
        return {};
      })
      .Default([](mlir::Operation *other) -> Result<void> {
        return Error{ErrorKind::Unsupported,
                     "the cpu backend cannot run '" + other->getName().getStringRef().str() + "'"};
      });
}

const std::shared_ptr<Tensor> &Executor::tensor(mlir::Value value) const {
  return std::get<std::shared_ptr<Tensor>>(values.find(value)->second);
}

const std::shared_ptr<StoredRelation> &Executor::relation(mlir::Value value) const {
  return std::get<std::shared_ptr<StoredRelation>>(values.find(value)->second);
}

Result<void> Executor::runRead(ir::ReadOp op) {
  const std::string name = op.getName().str();
  auto found = bindings.find(name);
  if (found == bindings.end())
    return Error{ErrorKind::Data, "no data is bound to '" + name + "'"};
  mlir::Type type = op.getTensor().getType();
  TL_TRY(checkData(name, found->second, type));
  if (const auto *data = std::get_if<Tensor>(&found->second)) {
    values[op.getTensor()] = std::make_shared<Tensor>(*data);
    return {};
  }
  auto stored = relationOf(std::get<runtime::Relation>(found->second), type, name);
  if (!stored)
    return stored.error();
  values[op.getTensor()] = *std::move(stored);
  return {};
}

Result<std::shared_ptr<StoredRelation>> Executor::relationOf(const runtime::Relation &rows, mlir::Type type,
                                                             const std::string &name) {
  llvm::ArrayRef<std::int64_t> bounds = mlir::cast<ir::RelationType>(type).getBounds();
  auto stored = std::make_shared<StoredRelation>(
      StoredRelation{runtime::ColumnRelation(budget, {bounds.begin(), bounds.end()}, name)});
  stored->rows.stopWhenFull(watch.request());
  TL_TRY(stored->rows.assign(rows));
  stored->rows.settle();
  return stored;
}

Result<std::shared_ptr<StoredRelation>> Executor::copied(const StoredRelation &relation, mlir::Type type) {
  Result<runtime::Relation> rows = relation.rows.toRelation();
  if (!rows)
    return rows.error();
  return relationOf(*rows, type, relation.rows.name());
}

Result<void> Executor::runEmpty(ir::EmptyOp op) {
  mlir::Type type = op.getTensor().getType();
  const std::string name = op.getName().value_or("an intermediate result").str();
  if (ir::isRelation(type)) {
    auto stored = relationOf(runtime::Relation(ir::rankOf(type)), type, name);
    if (!stored)
      return stored.error();
    values[op.getTensor()] = *std::move(stored);
    return {};
  }
  Result<Tensor> created = Tensor::create(budget, elementOf(type), shapeOf(type), name, ir::isPartial(type));
  if (!created)
    return created.error();
  if (op.getMonoid() == ir::Monoid::Multiply)
    for (std::int64_t position = 0; position < created->elements(); ++position)
      created->setInteger(position, 1);
  values[op.getTensor()] = std::make_shared<Tensor>(*std::move(created));
  return {};
}

/// In place when nothing needs the input afterwards.
Result<void> Executor::runNormalize(ir::NormalizeOp op) {
  if (ir::isOrdered(op.getKind()))
    return runOrdered(op);
  const std::vector<std::int64_t> axes(op.getAlong().begin(), op.getAlong().end());
  const std::span<const double> parameters(op.getParameters().data(), op.getParameters().size());
  const runtime::NormalizationKind kind = kindOf(op.getKind());
  std::shared_ptr<Tensor> input = tensor(op.getTensor());
  const runtime::ElementType wanted = elementOf(op.getNormalized().getType());
  const bool isOwn = lifetimes.endsAt(op.getTensor(), op) && !isCarriedByScan(op.getTensor()) &&
                     !isFixpointArgument(op.getTensor());
  if (isOwn && !input->isPartial() && input->type() == wanted) {
    TL_TRY(runtime::normalizeInPlace(kind, *input, axes, parameters, budget, &pool));
    values[op.getNormalized()] = std::move(input);
    return {};
  }
  Result<Tensor> result = runtime::normalize(kind, *input, axes, parameters, budget, &pool, wanted);
  if (!result)
    return result.error();
  values[op.getNormalized()] = std::make_shared<Tensor>(*std::move(result));
  return {};
}

Result<void> Executor::runMatrix(ir::MatrixOp op) {
  const llvm::StringRef name = ir::stringifyMatrixFunction(op.getFunction());
  const runtime::MatrixCall call{kindOf(op.getFunction()), name, op.getSubject(), *tensor(op.getMatrix()),
                                 op.getRight() ? tensor(op.getRight()).get() : nullptr};
  std::array<bool, 3> wanted{};
  for (mlir::OpResult answer : op.getAnswers())
    wanted[answer.getResultNumber()] = !answer.use_empty();
  Result<std::vector<Tensor>> answers = runtime::applyMatrixFunction(call, wanted, budget, &pool);
  if (!answers)
    return answers.error();
  for (mlir::OpResult answer : op.getAnswers())
    values[answer] = std::make_shared<Tensor>(std::move((*answers)[answer.getResultNumber()]));
  return {};
}

Result<void> Executor::runExternal(ir::ExternalOp op) {
  std::vector<const Tensor *> arguments;
  for (mlir::Value argument : op.getArguments())
    arguments.push_back(tensor(argument).get());
  Result<Tensor> result = runtime::applyExternal(op.getLibrary().str(), op.getSymbol().str(), arguments,
                                                 shapeOf(op.getAnswers().getType()), budget);
  if (!result)
    return result.error();
  values[op.getAnswers()] = std::make_shared<Tensor>(*std::move(result));
  return {};
}

Result<void> Executor::runOrdered(ir::NormalizeOp op) {
  const std::vector<std::int64_t> axes(op.getAlong().begin(), op.getAlong().end());
  const double limit = op.getParameters().empty() ? 0 : op.getParameters()[0];
  Result<Tensor> result =
      runtime::ordered(orderedKindOf(op.getKind()), *tensor(op.getTensor()), axes, limit, budget, &pool);
  if (!result)
    return result.error();
  values[op.getNormalized()] = std::make_shared<Tensor>(*std::move(result));
  return {};
}

Result<runtime::Value> Executor::handedOut(mlir::Value value) const {
  if (ir::isRelation(value.getType())) {
    Result<runtime::Relation> rows = relation(value)->rows.toRelation();
    if (!rows)
      return rows.error();
    return runtime::Value(*std::move(rows));
  }
  return runtime::Value(*tensor(value));
}

} // namespace tl::backend::cpu
