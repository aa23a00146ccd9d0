// Runs the `learn` statements of a program.
#include "frontend/driver/Training.h"

#include "frontend/driver/TrainingCheckpoint.h"
#include "frontend/driver/TrainingLog.h"
#include "frontend/driver/TrainingOrder.h"
#include "frontend/driver/TrainingPrograms.h"
#include "frontend/emit/EmitTl.h"
#include "runtime/Random.h"

#include <chrono>
#include <cmath>

namespace tl::driver {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using runtime::Tensor;
using sema::TensorId;

namespace {

using Clock = std::chrono::steady_clock;

/// Steps of a full batch between validations, when the program does not say.
constexpr std::int64_t kValidateEvery = 10;

class Trainer {
public:
  Trainer(TrainingContext &training, std::uint64_t program)
      : training(training), builder(training, context), log(training.options.training), program(program) {}

  Result<void> run(source::SourceRange &range) {
    place = &range;
    TL_TRY(initialise());
    CheckpointState start;
    if (!training.options.training.resume.empty()) {
      Result<CheckpointState> read =
          readCheckpoint(training.options.training.resume, program, training.budget);
      if (!read)
        return read.error();
      start = *std::move(read);
      if (start.seed != training.options.seed)
        return Error{ErrorKind::Usage, "the checkpoint was made with --seed " + std::to_string(start.seed)};
      TL_TRY(bindParameters(start));
    }
    for (std::size_t k = start.learning; k < training.program.learnings.size(); ++k) {
      range = training.program.learnings[k].range;
      TL_TRY(learn(k, k == start.learning ? start : CheckpointState()));
    }
    return log.close();
  }

private:
  Result<void> initialise();
  Result<void> bindParameters(const CheckpointState &state);
  Result<void> learn(std::size_t number, const CheckpointState &start);
  Result<void> bindStates(const CheckpointState &start);
  void resumeBest(const CheckpointState &start);
  std::int64_t stepsOf(const sema::Learning &learning) const;
  std::int64_t examplesOf(const sema::Learning &learning) const;
  std::int64_t validatesEvery() const;
  Result<void> loop(std::int64_t begin, std::int64_t end);
  Result<void> step(std::int64_t number);
  Result<void> bindBatch(std::int64_t batch);
  Result<void> accumulate(std::int64_t number);
  Result<void> checkFinite(std::int64_t number, const backend::Answers &answers);
  void take(backend::Answers &answers, std::int64_t first, const std::vector<StepTensor> &tensors);
  Result<void> bindScalar(const char *name, double value);
  Result<Tensor> zeros(const StepTensor &tensor);
  Result<void> validate(StepReport &report);
  void keepBest(double loss);
  void restoreBest();
  Result<void> save(std::int64_t done);

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  TrainingContext &training;
  TrainingBuilder builder;
  TrainingLog log;
  std::uint64_t program;                ///< its fingerprint
  source::SourceRange *place = nullptr; ///< what an error speaks of

  // Of the statement at hand.
  std::size_t learningNumber = 0;
  const sema::Learning *learning = nullptr;
  TrainingPrograms programs;
  std::optional<TrainingOrder> order;
  std::int64_t steps = 0;
  double loss = 0, rate = 0;
  bool wasFinite = true;
  std::optional<double> best;
  std::map<std::string, Tensor> bestParameters;
  std::int64_t stale = 0; ///< validations since the best one
  Clock::time_point began = Clock::now();
};

/// Parameters start as their data, drawn data among it, or as what their equations compute.
Result<void> Trainer::initialise() {
  std::vector<TensorId> computed;
  for (TensorId id : parametersOf(training.program))
    if (!training.program.tensors[id].equations.empty())
      computed.push_back(id);
  Result<std::vector<runtime::Value>> values = builder.evaluate(computed, {});
  if (!values)
    return values.error();
  for (std::size_t k = 0; k < computed.size(); ++k)
    training.data.bindings[training.program.tensors[computed[k]].name] = std::move((*values)[k]);
  return {};
}

Result<void> Trainer::bindParameters(const CheckpointState &state) {
  for (TensorId id : parametersOf(training.program)) {
    const std::string &name = training.program.tensors[id].name;
    auto found = state.tensors.find(name);
    if (found == state.tensors.end())
      return Error{ErrorKind::Data,
                   "'" + training.options.training.resume + "': the checkpoint has no '" + name + "'"};
    training.data.bindings[name] = found->second;
  }
  return {};
}

std::int64_t Trainer::examplesOf(const sema::Learning &one) const {
  return one.batch ? training.program.classes[one.batch->axisClass].extent : 0;
}

std::int64_t Trainer::stepsOf(const sema::Learning &one) const {
  if (one.epochs == 0)
    return one.steps;
  const std::int64_t perStep = one.batch->size * one.accumulate;
  return (one.epochs * examplesOf(one) + perStep - 1) / perStep;
}

std::int64_t Trainer::validatesEvery() const {
  if (learning->every > 0)
    return learning->every;
  if (!learning->batch)
    return kValidateEvery;
  const std::int64_t perStep = learning->batch->size * learning->accumulate;
  return std::max<std::int64_t>(1, examplesOf(*learning) / perStep);
}

Result<Tensor> Trainer::zeros(const StepTensor &tensor) {
  return Tensor::create(training.budget, tensor.type, tensor.shape, tensor.name);
}

Result<void> Trainer::bindScalar(const char *name, double value) {
  Result<Tensor> scalar = zeros({name, {}, runtime::ElementType::F64});
  if (!scalar)
    return scalar.error();
  scalar->setNumber(0, value);
  training.data.bindings[name] = *std::move(scalar);
  return {};
}

/// States start at 0, or as the checkpoint has them.
Result<void> Trainer::bindStates(const CheckpointState &start) {
  for (const StepTensor &state : programs.states) {
    if (auto found = start.tensors.find(state.name); found != start.tensors.end()) {
      training.data.bindings[state.name] = found->second;
      continue;
    }
    if (training.data.bindings.count(state.name))
      continue; // a parameter
    Result<Tensor> value = zeros(state);
    if (!value)
      return value.error();
    training.data.bindings[state.name] = *std::move(value);
  }
  return {};
}

void Trainer::resumeBest(const CheckpointState &start) {
  best = start.best;
  stale = start.stale;
  bestParameters.clear();
  for (TensorId id : learning->parameters) {
    const std::string &name = training.program.tensors[id].name;
    if (auto found = start.tensors.find(bestName(name)); found != start.tensors.end())
      bestParameters[name] = found->second;
  }
}

Result<void> Trainer::learn(std::size_t number, const CheckpointState &start) {
  learning = &training.program.learnings[number];
  learningNumber = number;
  steps = stepsOf(*learning);
  order.reset();
  if (learning->batch) {
    if (examplesOf(*learning) < learning->batch->size)
      return Error{ErrorKind::Program, "a batch of " + std::to_string(learning->batch->size) + " along '" +
                                           learning->batch->variable + "', which has only " +
                                           std::to_string(examplesOf(*learning)) + " elements"};
    order.emplace(runtime::drawKey(training.options.seed, kBatchRows, number), examplesOf(*learning));
  }
  resumeBest(start);
  if (start.step < steps) {
    Result<TrainingPrograms> built = builder.build(*learning, steps);
    if (!built)
      return built.error();
    programs = *std::move(built);
    TL_TRY(bindStates(start));
    TL_TRY(loop(start.step, steps));
  }
  restoreBest();
  for (const StepTensor &state : programs.states)
    if (!training.program.find(state.name))
      training.data.bindings.erase(state.name);
  builder.clear();
  programs = {};
  return {};
}

Result<void> Trainer::loop(std::int64_t begin, std::int64_t end) {
  const std::int64_t every = training.options.training.checkpointEvery;
  std::int64_t done = begin;
  for (; done < end; ++done) {
    if (Result<void> stepped = step(done); !stepped) {
      const ErrorKind kind = stepped.error().kind;
      if (kind == ErrorKind::Interrupted || kind == ErrorKind::Limit)
        TL_TRY(save(done));
      return stepped;
    }
    StepReport report{training.program.tensors[learning->loss].name,
                      learningNumber,
                      done + 1,
                      end,
                      loss,
                      rate,
                      std::chrono::duration<double>(Clock::now() - began).count(),
                      {}};
    const bool isLast = done + 1 == end;
    if (programs.validation && ((done + 1) % validatesEvery() == 0 || isLast))
      TL_TRY(validate(report));
    TL_TRY(log.add(report));
    if (every > 0 && (done + 1) % every == 0 && !isLast)
      TL_TRY(save(done + 1));
    if (learning->patience > 0 && stale >= learning->patience)
      break;
  }
  return save(end);
}

/// Binds what tells one batch from another: its number, by which it draws, and its examples.
Result<void> Trainer::bindBatch(std::int64_t batch) {
  Result<Tensor> number = zeros({emit::kDrawStep, {}, runtime::ElementType::I64});
  if (!number)
    return number.error();
  number->mutableAs<std::int64_t>()[0] = batch;
  training.data.bindings[emit::kDrawStep] = *std::move(number);
  if (!order)
    return {};
  const std::int64_t size = learning->batch->size;
  Result<Tensor> rows = zeros({kBatchRows, {size}, runtime::ElementType::I64});
  if (!rows)
    return rows.error();
  auto *target = rows->mutableAs<std::int64_t>();
  for (std::int64_t k = 0; k < size; ++k)
    target[k] = order->at(batch * size + k);
  training.data.bindings[kBatchRows] = *std::move(rows);
  return {};
}

/// Puts what a step handed out from number `first` on in the place of what it read.
void Trainer::take(backend::Answers &answers, std::int64_t first, const std::vector<StepTensor> &tensors) {
  for (std::size_t k = 0; k < tensors.size(); ++k)
    training.data.bindings[tensors[k].name] =
        std::move(answers.queries.at(first + static_cast<std::int64_t>(k)));
}

double scalarOf(const runtime::Value &value) {
  return std::get<Tensor>(value).number(0);
}

Result<void> Trainer::step(std::int64_t number) {
  TL_TRY(bindScalar(kStepNumber, static_cast<double>(number)));
  if (programs.update)
    return accumulate(number);
  TL_TRY(bindBatch(number));
  Result<backend::Answers> answers = builder.run(programs.step);
  if (!answers)
    return answers.error();
  loss = scalarOf(answers->queries.at(0));
  TL_TRY(checkFinite(number, *answers));
  rate = scalarOf(answers->queries.at(static_cast<std::int64_t>(programs.states.size()) + 1));
  take(*answers, 1, programs.states);
  return {};
}

/// The loss of such a step is the mean of those of its batches.
Result<void> Trainer::accumulate(std::int64_t number) {
  for (const StepTensor &total : programs.totals) {
    Result<Tensor> value = zeros(total);
    if (!value)
      return value.error();
    training.data.bindings[total.name] = *std::move(value);
  }
  double sum = 0;
  for (std::int64_t part = 0; part < learning->accumulate; ++part) {
    TL_TRY(bindBatch(number * learning->accumulate + part));
    Result<backend::Answers> answers = builder.run(programs.step);
    if (!answers)
      return answers.error();
    loss = scalarOf(answers->queries.at(0));
    TL_TRY(checkFinite(number, *answers));
    sum += loss;
    take(*answers, 1, programs.totals);
  }
  loss = sum / static_cast<double>(learning->accumulate);
  Result<backend::Answers> answers = builder.run(*programs.update);
  if (!answers)
    return answers.error();
  rate = scalarOf(answers->queries.at(static_cast<std::int64_t>(programs.states.size())));
  take(*answers, 0, programs.states);
  return {};
}

/// With `--check-nan` the step is done again with every tensor in sight, and the first that is not finite
/// named.
Result<void> Trainer::checkFinite(std::int64_t number, const backend::Answers &answers) {
  bool isFinite = std::isfinite(loss);
  if (training.options.checkNan)
    for (const auto &[position, value] : answers.queries)
      isFinite = isFinite && allFinite(std::get<Tensor>(value));
  if (isFinite)
    return {};
  const std::string &name = training.program.tensors[learning->loss].name;
  if (!training.options.checkNan) {
    if (wasFinite)
      training.diagnostics
          .report(source::DiagnosticId::NotFinite, learning->range,
                  "'" + name + "' is " + (std::isnan(loss) ? "nan" : "infinite") + " in step " +
                      std::to_string(number + 1))
          .hint = "run with --check-nan to see the equation where it begins";
    wasFinite = false;
    return {};
  }
  std::vector<WatchedTensor> watched;
  Result<CompiledModule> compiled = builder.buildWatched(*learning, steps, watched);
  if (!compiled)
    return compiled.error();
  Result<backend::Answers> all = builder.run(*compiled);
  if (!all)
    return all.error();
  const std::string when = "step " + std::to_string(number + 1);
  std::optional<NotFinite> first = firstNotFinite(watched, *all, when);
  if (!first)
    return Error{ErrorKind::Check, "'" + name + "' is not finite in " + when};
  *place = first->range;
  return first->error;
}

Result<void> Trainer::validate(StepReport &report) {
  Result<backend::Answers> answers = builder.run(*programs.validation);
  if (!answers)
    return answers.error();
  report.validation = scalarOf(answers->queries.at(0));
  keepBest(*report.validation);
  return {};
}

/// A loss that is not a number is never the best.
void Trainer::keepBest(double validation) {
  if (learning->patience == 0)
    return;
  if (best && !(validation < *best)) {
    ++stale;
    return;
  }
  stale = 0;
  best = validation;
  for (const StepTensor &parameter : programs.parameters)
    bestParameters[parameter.name] = std::get<Tensor>(training.data.bindings.at(parameter.name));
}

void Trainer::restoreBest() {
  for (auto &[name, value] : bestParameters)
    training.data.bindings[name] = std::move(value);
  bestParameters.clear();
  best.reset();
  stale = 0;
}

Result<void> Trainer::save(std::int64_t done) {
  if (training.options.training.checkpoint.empty())
    return {};
  CheckpointState state;
  state.learning = learningNumber;
  state.step = done;
  state.steps = steps;
  state.seed = training.options.seed;
  state.program = program;
  state.loss = loss;
  state.best = best;
  state.stale = stale;
  if (learning->batch) {
    const std::int64_t seen = done * learning->accumulate * learning->batch->size;
    state.epoch = seen / examplesOf(*learning);
    state.position = seen % examplesOf(*learning);
  }
  auto add = [&](const std::string &name) {
    state.tensors[name] = std::get<Tensor>(training.data.bindings.at(name));
  };
  for (TensorId id : parametersOf(training.program))
    add(training.program.tensors[id].name);
  for (const StepTensor &tensor : programs.states)
    add(tensor.name);
  for (const auto &[name, value] : bestParameters)
    state.tensors[bestName(name)] = value;
  return writeCheckpoint(training.options.training.checkpoint, state);
}

} // namespace

Result<void> train(TrainingContext &training, std::string_view programText, source::SourceRange &range) {
  return Trainer(training, runtime::drawKey(0, programText, 0)).run(range);
}

} // namespace tl::driver
