// The walk over a program, and the steps that give and take data.
#include "runtime/execute/Executor.h"

#include "runtime/core/ExternalFunction.h"
#include "runtime/kernels/MatrixFunctions.h"
#include "runtime/kernels/Normalize.h"
#include "runtime/kernels/Ordered.h"

#include <array>

namespace tl::runtime {
namespace {

/// Kernels trust the types of the program, so data of any other shape or element type stops here.
Result<void> checkData(const std::string &name, const Value &value, const ValueType &type) {
  auto mismatch = [&](const std::string &wanted, const std::string &given) {
    return Error{ErrorKind::Program,
                 "'" + name + "' is " + wanted + " in the program but its data is " + given};
  };
  const auto *tensor = std::get_if<Tensor>(&value);
  if (type.isRelation && tensor)
    return mismatch("a relation", "a tensor");
  if (!type.isRelation && !tensor)
    return mismatch("a tensor", "a relation");
  if (!tensor) {
    const std::size_t columns = std::get<Relation>(value).arity();
    if (columns != type.extents.size())
      return mismatch("of " + std::to_string(type.extents.size()) + " columns",
                      "of " + std::to_string(columns));
    return {};
  }
  if (tensor->shape() != type.extents)
    return mismatch("of shape " + toString(type.extents), "of shape " + toString(tensor->shape()));
  if (tensor->type() != type.element)
    return mismatch("of type " + std::string(runtime::name(type.element)),
                    std::string(runtime::name(tensor->type())));
  if (tensor->isPartial() != type.isPartial)
    return mismatch(type.isPartial ? "partial" : "complete", tensor->isPartial() ? "partial" : "complete");
  return {};
}

} // namespace

Executor::Executor(const Program &program, std::span<const TlKernel> kernels, TensorPool &spare,
                   const Bindings &bindings, const RunOptions &options)
    : program(program), kernels(kernels), spare(spare), bindings(bindings), budget(*options.budget),
      cancel(*options.cancel), watch(*options.cancel), pool(options.threads), scratch(*options.budget),
      values(program.types.size()), profile(options.profile), kept(options.kept),
      keepsFrom(options.keepsFrom) {
  spare.limit(budget.capBytes());
}

Result<Answers> Executor::run() {
  TL_TRY(runBlock(program.body));
  return std::move(answers);
}

Result<void> Executor::poll() const {
  if (std::optional<Error> stopped = cancel.poll())
    return *std::move(stopped);
  return {};
}

Result<void> Executor::runBlock(const Block &block) {
  for (const Step &step : block.steps) {
    TL_TRY(poll());
    if (profile && step.number != 0)
      TL_TRY(runRecorded(step));
    else
      TL_TRY(std::visit([this](const auto &action) { return run(action); }, step.action));
    end(step);
  }
  return {};
}

Result<void> Executor::runRecorded(const Step &step) {
  auto microseconds = [](auto duration) {
    return static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  };
  counted = {};
  const auto start = std::chrono::steady_clock::now();
  TL_TRY(std::visit([this](const auto &action) { return run(action); }, step.action));
  ProfileEvent event = std::move(counted);
  event.microseconds = microseconds(std::chrono::steady_clock::now() - start);
  event.beginMicroseconds = microseconds(start - began);
  event.step = step.number;
  event.place = step.place;
  event.recursion = recursion;
  event.round = round;
  event.bytes = budget.used();
  profile->add(std::move(event));
  return {};
}

void Executor::end(const Step &step) {
  for (ValueId unseen : step.spare)
    if (auto *dense = std::get_if<std::shared_ptr<Tensor>>(&values[unseen]); dense && dense->use_count() == 1)
      spare.keep(std::move(*dense));
  for (ValueId ended : step.ending)
    values[ended] = std::monostate();
}

Result<void> Executor::run(const ReadStep &step) {
  if (kept)
    if (auto found = kept->find(step.name);
        found != kept->end() && found->second->rows.bounds() == typeOf(step.result).extents) {
      values[step.result] = found->second;
      return {};
    }
  auto found = bindings.find(step.name);
  if (found == bindings.end())
    return Error{ErrorKind::Data, "no data is bound to '" + step.name + "'"};
  const ValueType &type = typeOf(step.result);
  TL_TRY(checkData(step.name, found->second, type));
  if (const auto *data = std::get_if<Tensor>(&found->second)) {
    values[step.result] = std::make_shared<Tensor>(*data);
    return {};
  }
  auto stored = relationOf(std::get<Relation>(found->second), type, step.name);
  if (!stored)
    return stored.error();
  values[step.result] = *std::move(stored);
  return {};
}

Result<std::shared_ptr<StoredRelation>> Executor::relationOf(const Relation &rows, const ValueType &type,
                                                             const std::string &name) {
  auto stored = std::make_shared<StoredRelation>(StoredRelation{ColumnRelation(budget, type.extents, name)});
  stored->rows.stopWhenFull(&watch.request());
  TL_TRY(stored->rows.assign(rows));
  stored->rows.settle();
  return stored;
}

Result<std::shared_ptr<StoredRelation>> Executor::copied(const StoredRelation &relation,
                                                         const ValueType &type) {
  Result<Relation> rows = relation.rows.toRelation();
  if (!rows)
    return rows.error();
  return relationOf(*rows, type, relation.rows.name());
}

Result<void> Executor::run(const EmptyStep &step) {
  const ValueType &type = typeOf(step.result);
  if (type.isRelation) {
    auto stored = relationOf(Relation(type.extents.size()), type, step.name);
    if (!stored)
      return stored.error();
    values[step.result] = *std::move(stored);
    return {};
  }
  if (step.isFilled)
    if (std::shared_ptr<Tensor> dense = spare.take(type.element, type.extents, type.isPartial)) {
      values[step.result] = std::move(dense);
      return {};
    }
  auto create = [&] {
    return step.isFilled && !type.isPartial
               ? Tensor::createUnset(budget, type.element, type.extents, step.name)
               : Tensor::create(budget, type.element, type.extents, step.name, type.isPartial);
  };
  Result<Tensor> created = create();
  if (!created && !spare.isEmpty()) {
    spare.clear();
    created = create();
  }
  if (!created)
    return created.error();
  if (step.isOne && !step.isFilled)
    for (std::int64_t position = 0; position < created->elements(); ++position)
      created->setInteger(position, 1);
  values[step.result] = std::make_shared<Tensor>(*std::move(created));
  return {};
}

/// In place when nothing needs the input afterwards, else where a tensor of the kind was.
Result<void> Executor::run(const NormalizeStep &step) {
  std::shared_ptr<Tensor> input = tensor(step.input);
  const ElementType wanted = typeOf(step.result).element;
  if (step.isOwn && !input->isPartial() && input->type() == wanted) {
    TL_TRY(normalizeInPlace(step.kind, *input, step.axes, step.parameters, budget, &pool));
    values[step.result] = std::move(input);
    return {};
  }
  std::shared_ptr<Tensor> kept = input->isPartial() ? nullptr : spare.take(wanted, input->shape(), false);
  if (kept) {
    TL_TRY(normalizeInto(step.kind, *input, *kept, step.axes, step.parameters, budget, &pool));
    values[step.result] = std::move(kept);
    return {};
  }
  Result<Tensor> result = normalize(step.kind, *input, step.axes, step.parameters, budget, &pool, wanted);
  if (!result)
    return result.error();
  values[step.result] = std::make_shared<Tensor>(*std::move(result));
  return {};
}

Result<void> Executor::run(const OrderStep &step) {
  Result<Tensor> result = ordered(step.kind, *tensor(step.input), step.axes, step.limit, budget, &pool);
  if (!result)
    return result.error();
  values[step.result] = std::make_shared<Tensor>(*std::move(result));
  return {};
}

Result<void> Executor::run(const MatrixStep &step) {
  const MatrixCall call{step.function, step.name, step.subject, *tensor(step.matrix),
                        step.right ? tensor(*step.right).get() : nullptr};
  std::array<bool, 3> wanted{};
  for (std::size_t answer = 0; answer < step.results.size(); ++answer)
    wanted[answer] = step.isWanted[answer];
  Result<std::vector<Tensor>> results = applyMatrixFunction(call, wanted, budget, &pool);
  if (!results)
    return results.error();
  for (std::size_t answer = 0; answer < step.results.size(); ++answer)
    values[step.results[answer]] = std::make_shared<Tensor>(std::move((*results)[answer]));
  return {};
}

Result<void> Executor::run(const ExternalStep &step) {
  std::vector<const Tensor *> arguments;
  for (ValueId argument : step.arguments)
    arguments.push_back(tensor(argument).get());
  Result<Tensor> result =
      applyExternal(step.library, step.symbol, arguments, typeOf(step.result).extents, budget);
  if (!result)
    return result.error();
  values[step.result] = std::make_shared<Tensor>(*std::move(result));
  return {};
}

Result<void> Executor::run(const OutletStep &step) {
  if (step.isQuery && keepsFrom >= 0 && step.number >= keepsFrom && typeOf(step.value).isRelation) {
    Result<std::shared_ptr<StoredRelation>> relation = keptOut(step.value);
    if (!relation)
      return relation.error();
    answers.kept.insert_or_assign(step.number, *std::move(relation));
    return {};
  }
  Result<Value> value = handedOut(step.value);
  if (!value)
    return value.error();
  (step.isQuery ? answers.queries : answers.writes).insert_or_assign(step.number, *std::move(value));
  return {};
}

Result<Value> Executor::handedOut(ValueId value) const {
  if (!typeOf(value).isRelation)
    return Value(*tensor(value));
  Result<Relation> rows = relation(value)->rows.toRelation();
  if (!rows)
    return rows.error();
  return Value(*std::move(rows));
}

/// From now on the run only reads it. What was kept before stays its keeper's.
Result<std::shared_ptr<StoredRelation>> Executor::keptOut(ValueId value) {
  std::shared_ptr<StoredRelation> stored = relation(value);
  if (stored->isKept) {
    Result<std::shared_ptr<StoredRelation>> copy = copied(*stored, typeOf(value));
    if (!copy)
      return copy;
    stored = *std::move(copy);
  }
  stored->isKept = true;
  stored->rows.stopWhenFull(nullptr);
  return stored;
}

} // namespace tl::runtime
