// The programs that one `learn` statement runs over and over.
#include "frontend/driver/TrainingPrograms.h"

#include "frontend/driver/LoadDrawn.h"
#include "frontend/emit/EmitTl.h"
#include "frontend/sema/Learning.h"
#include "frontend/sema/Needed.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>

namespace tl::driver {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using sema::TensorId;

namespace {

/// Tensors that equations compute, that do not change during learning, and that equations read which do.
std::vector<TensorId> unchangingReads(const sema::TypedProgram &program, const sema::Learning &learning) {
  std::vector<TensorId> roots = {learning.loss};
  if (learning.validation)
    roots.push_back(*learning.validation);
  const std::set<TensorId> changing = sema::changingIn(program, learning);
  std::set<TensorId> result;
  for (TensorId id : sema::readFrom(program, roots)) {
    if (!changing.count(id))
      continue;
    for (sema::EquationId equation : program.tensors[id].equations)
      for (TensorId read : program.equations[equation].reads) {
        const sema::TensorSymbol &tensor = program.tensors[read];
        if (!changing.count(read) && !tensor.equations.empty() && !tensor.hasVirtualAxis)
          result.insert(read);
      }
  }
  return {result.begin(), result.end()};
}

} // namespace

std::set<TensorId> parametersOf(const sema::TypedProgram &program) {
  std::set<TensorId> result;
  for (TensorId id = 0; id < program.tensors.size(); ++id)
    if (program.tensors[id].isParam)
      result.insert(id);
  return result;
}

StepTensor TrainingBuilder::stepTensor(TensorId id) const {
  const sema::TensorSymbol &tensor = training.program.tensors[id];
  StepTensor result{tensor.name, {}, tensor.elementType};
  for (sema::ClassId axisClass : tensor.axes)
    result.shape.push_back(std::max<std::int64_t>(0, training.program.classes[axisClass].extent));
  return result;
}

std::vector<StepTensor> TrainingBuilder::parametersOf(const sema::Learning &learning) const {
  std::vector<StepTensor> result;
  for (TensorId id : learning.parameters)
    result.push_back(stepTensor(id));
  return result;
}

mlir::OwningOpRef<mlir::ModuleOp> TrainingBuilder::emit(const std::vector<TensorId> &outputs,
                                                        const std::set<TensorId> &bound,
                                                        std::optional<sema::ClassId> part,
                                                        std::optional<std::uint64_t> drawsOf) {
  emit::EmitOptions options;
  options.drawsOf = drawsOf;
  options.part = part;
  options.realType = training.options.realType;
  options.seed = training.options.seed;
  options.tolerance = training.options.tolerance;
  options.maxIterations = training.options.maxIterations;
  options.bound = training.data.bound;
  options.given = bound;
  options.outputs = outputs;
  return emit::emit(context, training.program, training.sources, options);
}

mlir::OwningOpRef<mlir::ModuleOp> TrainingBuilder::emitUpdate(const UpdateProgram &update) {
  emit::EmitOptions options;
  options.realType = runtime::ElementType::F64;
  for (TensorId id = 0; id < update.program.tensors.size(); ++id)
    if (update.program.tensors[id].equations.empty())
      options.bound.insert(id);
  options.outputs.emplace();
  for (const std::string &name : update.outputs)
    options.outputs->push_back(*update.program.find(name));
  return emit::emit(context, update.program, training.sources, options);
}

Result<CompiledModule> TrainingBuilder::compile(mlir::OwningOpRef<mlir::ModuleOp> module) {
  assert(mlir::succeeded(mlir::verify(*module)) && "training puts together what is right");
  const backend::Backend *backend = backend::find(training.options.backend);
  if (!backend)
    return Error{ErrorKind::Usage, "no backend '" + training.options.backend + "'"};
  auto executable = backend->compile(*module, compileOptions(training.options));
  if (!executable)
    return executable.error();
  return CompiledModule{std::move(module), *std::move(executable)};
}

Result<backend::Answers> TrainingBuilder::run(const CompiledModule &compiled) {
  return compiled.executable->run(training.data.bindings,
                                  {&training.budget, &training.cancel, threadCount(training.options)});
}

Result<std::vector<runtime::Value>> TrainingBuilder::evaluate(const std::vector<TensorId> &tensors,
                                                              const std::set<TensorId> &bound) {
  std::vector<runtime::Value> values;
  if (tensors.empty())
    return values;
  Result<CompiledModule> compiled = compile(emit(tensors, bound));
  if (!compiled)
    return compiled.error();
  Result<backend::Answers> answers = run(*compiled);
  if (!answers)
    return answers.error();
  for (auto &[number, value] : answers->queries)
    values.push_back(std::move(value));
  return values;
}

Result<void> TrainingBuilder::computeUnchanging(const sema::Learning &learning) {
  given = driver::parametersOf(training.program);
  const std::vector<TensorId> tensors = unchangingReads(training.program, learning);
  Result<std::vector<runtime::Value>> values = evaluate(tensors, given);
  if (!values)
    return values.error();
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    training.data.bindings[training.program.tensors[tensors[k]].name] = std::move((*values)[k]);
    given.insert(tensors[k]);
  }
  return {};
}

void TrainingBuilder::clear() {
  for (TensorId id : given)
    if (!training.program.tensors[id].isParam && !training.data.bound.count(id))
      training.data.bindings.erase(training.program.tensors[id].name);
  given.clear();
}

/// The loss over a batch has other extents than the program: it is emitted from the program as resolved for
/// them.
Result<mlir::OwningOpRef<mlir::ModuleOp>> TrainingBuilder::stepModule(const sema::Learning &learning,
                                                                      const UpdateProgram &update) {
  std::vector<std::int64_t> extents;
  for (const sema::AxisClass &axisClass : training.program.classes)
    extents.push_back(axisClass.extent);
  std::vector<TensorId> outputs = {learning.loss};
  outputs.insert(outputs.end(), learning.parameters.begin(), learning.parameters.end());
  const auto number = static_cast<std::uint64_t>(&learning - training.program.learnings.data()) + 1;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string misfit;
  if (learning.batch) {
    const sema::ClassId axisClass = learning.batch->axisClass;
    TL_TRY(bindPlaces(training.program, axisClass, training.data, training.budget));
    if (!resolveAgain(training.program, training.data, {{axisClass, learning.batch->size}},
                      training.diagnostics))
      return Error{ErrorKind::Program, "the program has no sizes for a batch"};
    module = emit(outputs, given, axisClass, number);
    const BatchAxis batch{axisClass, learning.batch->size, extents[axisClass]};
    takeBatch(*module, training.program, batch, extents, misfit);
    resolveAgain(training.program, training.data, {}, training.diagnostics);
  } else {
    module = emit(outputs, given, std::nullopt, number);
  }
  if (!misfit.empty())
    return Error{ErrorKind::Program, "the size of '" + misfit + "' depends on the number of examples, so '" +
                                         learning.batch->variable + "' cannot be taken in batches"};
  mlir::OwningOpRef<mlir::ModuleOp> updates = emitUpdate(update);
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      messages += (messages.empty() ? "" : "; ") + diagnostic.str();
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      messages += "; " + note.str();
    return mlir::success();
  });
  const auto memory = static_cast<double>(training.budget.capBytes());
  if (mlir::failed(appendUpdate(*module, *updates, parametersOf(learning), memory)))
    return Error{ErrorKind::Unsupported, messages};
  return Result<mlir::OwningOpRef<mlir::ModuleOp>>(std::move(module));
}

Result<TrainingPrograms> TrainingBuilder::build(const sema::Learning &learning, std::int64_t steps) {
  TL_TRY(computeUnchanging(learning));
  TrainingPrograms programs;
  programs.parameters = parametersOf(learning);
  UpdateProgram update = optimizerUpdate(training.library, learning, steps, programs.parameters);
  programs.states = update.states;
  const bool isAccumulated = learning.accumulate > 1;
  UpdateProgram totals;
  if (isAccumulated) {
    totals = accumulation(training.library, programs.parameters);
    programs.totals = totals.states;
    Result<CompiledModule> compiled = compile(emitUpdate(update));
    if (!compiled)
      return compiled.error();
    programs.update = *std::move(compiled);
  }
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module = stepModule(learning, isAccumulated ? totals : update);
  if (!module)
    return module.error();
  Result<CompiledModule> step = compile(*std::move(module));
  if (!step)
    return step.error();
  programs.step = *std::move(step);
  if (learning.validation) {
    Result<CompiledModule> validation = compile(emit({*learning.validation}, given));
    if (!validation)
      return validation.error();
    programs.validation = *std::move(validation);
  }
  return Result<TrainingPrograms>(std::move(programs));
}

Result<CompiledModule> TrainingBuilder::buildWatched(const sema::Learning &learning, std::int64_t steps,
                                                     std::vector<WatchedTensor> &watched) {
  UpdateProgram update = learning.accumulate > 1
                             ? accumulation(training.library, parametersOf(learning))
                             : optimizerUpdate(training.library, learning, steps, parametersOf(learning));
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module = stepModule(learning, update);
  if (!module)
    return module.error();
  watched = watchTensors(**module, training.sources);
  return compile(*std::move(module));
}

} // namespace tl::driver
