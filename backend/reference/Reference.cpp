// Walks a program op by op; each op states its own meaning.
#include "backend/reference/Reference.h"

#include "ir/tl/TlOps.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace tl::backend {
namespace {

using ir::Charge;
using ir::EvaluableOpInterface;
using ir::Outlet;
using runtime::Error;
using runtime::ErrorKind;
using runtime::Relation;
using runtime::Result;
using runtime::Value;

/// A value of the program being run. Rows of a relation are charged here, elements of a tensor by the tensor
/// itself.
struct Stored {
  Value value;
  Charge charge;
};

/// Whether nothing that runs after `user` in its block, nor `user` itself by its body, needs `value`.
bool isLastUse(mlir::Value value, mlir::Operation *user) {
  if (value.getParentBlock() != user->getBlock())
    return false;
  unsigned operandUses = 0;
  for (mlir::OpOperand &use : value.getUses()) {
    if (use.getOwner() == user) {
      ++operandUses;
      continue;
    }
    mlir::Operation *sibling = user->getBlock()->findAncestorOpInBlock(*use.getOwner());
    if (!sibling->isBeforeInBlock(user))
      return false;
  }
  return operandUses == 1;
}

class Walker final : public ir::Evaluator {
public:
  Walker(const Bindings &bindings, const RunOptions &options)
      : Evaluator(*options.budget, *options.cancel), bindings(bindings) {}

  Result<Answers> run(ir::ProgramOp program);

  Result<Value> bound(std::string_view name) override;
  Result<void> handOut(Outlet outlet, std::int64_t number, const Value &value) override;
  const Value &valueOf(mlir::Value value) override { return values.find(value)->second->value; }
  Value take(mlir::Value value, mlir::Operation *user) override;
  Result<std::vector<Value>> step(mlir::Region &body, std::vector<Value> arguments) override;

private:
  Result<void> walk(mlir::Block &block);
  Result<void> define(mlir::Value name, Value value);
  void forget(mlir::Block &block);

  const Bindings &bindings;
  Answers answers;
  /// Behind pointers, so that references to values survive growth.
  llvm::DenseMap<mlir::Value, std::unique_ptr<Stored>> values;
};

Result<Value> Walker::bound(std::string_view name) {
  auto found = bindings.find(std::string(name));
  if (found == bindings.end())
    return Error{ErrorKind::Data, "no data is bound to '" + std::string(name) + "'"};
  return found->second;
}

Result<void> Walker::handOut(Outlet outlet, std::int64_t number, const Value &value) {
  auto &taken = outlet == Outlet::Query ? answers.queries : answers.writes;
  taken.insert_or_assign(number, value);
  return {};
}

Value Walker::take(mlir::Value value, mlir::Operation *user) {
  Stored &stored = *values.find(value)->second;
  return isLastUse(value, user) ? std::move(stored.value) : stored.value;
}

Result<void> Walker::define(mlir::Value name, Value value) {
  auto stored = std::make_unique<Stored>(Stored{std::move(value), Charge(budget)});
  if (const Relation *relation = std::get_if<Relation>(&stored->value))
    TL_TRY(stored->charge.resize(relation->cells().size() * sizeof(runtime::Cell), "a relation"));
  values.insert_or_assign(name, std::move(stored));
  return {};
}

/// Drops what `block` has computed, before it runs again.
void Walker::forget(mlir::Block &block) {
  for (mlir::BlockArgument argument : block.getArguments())
    values.erase(argument);
  for (mlir::Operation &op : block)
    for (mlir::Value result : op.getResults())
      values.erase(result);
}

Result<void> Walker::walk(mlir::Block &block) {
  for (mlir::Operation &op : block) {
    if (mlir::isa<ir::NextOp>(op))
      break;
    if (std::optional<Error> stopped = cancel.poll())
      return *std::move(stopped);
    auto evaluable = mlir::dyn_cast<EvaluableOpInterface>(op);
    if (!evaluable)
      return Error{ErrorKind::Unsupported,
                   "the reference backend cannot run '" + op.getName().getStringRef().str() + "'"};
    Result<std::vector<Value>> results = evaluable.evaluate(*this);
    if (!results)
      return results.error();
    for (auto [name, value] : llvm::zip_equal(op.getResults(), *results))
      TL_TRY(define(name, std::move(value)));
  }
  return {};
}

Result<std::vector<Value>> Walker::step(mlir::Region &body, std::vector<Value> arguments) {
  mlir::Block &block = body.front();
  for (auto [argument, value] : llvm::zip_equal(block.getArguments(), arguments))
    TL_TRY(define(argument, std::move(value)));
  TL_TRY(walk(block));
  std::vector<Value> next;
  mlir::Operation *terminator = block.getTerminator();
  for (mlir::Value tensor : terminator->getOperands())
    next.push_back(take(tensor, terminator));
  forget(block);
  return next;
}

Result<Answers> Walker::run(ir::ProgramOp program) {
  TL_TRY(walk(program.getBody().front()));
  return std::move(answers);
}

class ReferenceExecutable final : public Executable {
public:
  explicit ReferenceExecutable(ir::ProgramOp program) : program(program) {}

  Result<Answers> run(const Bindings &bindings, const RunOptions &options) override {
    return Walker(bindings, options).run(program);
  }

private:
  ir::ProgramOp program;
};

} // namespace

Result<std::unique_ptr<Executable>> compileReference(mlir::ModuleOp module, const CompileOptions &) {
  auto programs = module.getOps<ir::ProgramOp>();
  assert(!programs.empty() && "a module holds one program");
  return std::unique_ptr<Executable>(std::make_unique<ReferenceExecutable>(*programs.begin()));
}

} // namespace tl::backend
