// Going on from what earlier runs gave: delta programs, and answers that are there.
#include "frontend/driver/DeltaRun.h"

#include "frontend/driver/OpenClasses.h"
#include "frontend/driver/SettledAnswers.h"
#include "frontend/emit/EmitTl.h"

#include <bit>

namespace tl::driver {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Relation;
using runtime::Result;

/// So many new rows are worth no more than the least effort of compiling.
constexpr std::size_t kFewRows = 4096;

class DeltaRunner {
public:
  DeltaRunner(const DeltaContext &context, const sema::DeltaProgram &delta, const ReusePlan &plan)
      : context(context), delta(delta), plan(plan) {}

  Result<std::vector<Relation>> run(std::map<std::string, Relation> fresh) {
    std::size_t rows = 0;
    for (auto &[name, relation] : fresh) {
      rows += relation.size();
      names.push_back(name);
      context.data.bindings[name] = std::move(relation);
    }
    Result<std::vector<Relation>> gained = compute(rows);
    for (const std::string &name : names)
      context.data.bindings.erase(name);
    return gained;
  }

private:
  Result<std::vector<Relation>> compute(std::size_t rows) {
    Result<backend::Executable *> executable = compile(rows);
    if (!executable)
      return executable.error();
    backend::RunOptions run{&context.budget, &context.cancel, threadCount(context.options)};
    run.kept = &plan.rows;
    Result<backend::Answers> values = (*executable)->run(context.data.bindings, run);
    if (!values)
      return values.error();
    std::vector<Relation> gained;
    for (std::size_t number = 0; number < delta.gained.size(); ++number)
      gained.push_back(std::get<Relation>(std::move(values->queries.at(static_cast<std::int64_t>(number)))));
    return gained;
  }

  Result<backend::Executable *> compile(std::size_t rows) {
    const backend::Backend *backend = backend::find(context.options.backend);
    if (!backend)
      return Error{ErrorKind::Usage, "no backend '" + context.options.backend + "'"};
    CompiledPrograms::Compiled made;
    made.context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
    made.module = emit::emit(*made.context, delta.program, context.sources, emitOptions());
    backend::CompileOptions compile = compileOptions(context.options);
    compile.data = &context.data.bindings;
    compile.kept = &plan.rows;
    if (rows <= kFewRows && compile.optimizationLevel < 0)
      compile.optimizationLevel = 1;
    std::string key = context.programs ? programKey(*made.module, context.options.backend, compile) : "";
    if (context.programs)
      if (backend::Executable *known = context.programs->find(key))
        return known;
    auto compiled = backend->compile(*made.module, compile);
    if (!compiled)
      return compiled.error();
    made.executable = *std::move(compiled);
    if (context.programs)
      return context.programs->add(std::move(key), std::move(made));
    own = std::move(made);
    return own.executable.get();
  }

  emit::EmitOptions emitOptions() const {
    emit::EmitOptions emit;
    emit.realType = context.options.realType;
    emit.seed = context.options.seed;
    emit.bound = context.data.bound;
    emit.given = plan.settled;
    for (auto [tensor, fresh] : delta.fresh)
      emit.bound.insert(fresh);
    emit.outputs = delta.gained;
    return emit;
  }

  const DeltaContext &context;
  const sema::DeltaProgram &delta;
  const ReusePlan &plan;
  std::vector<std::string> names;
  CompiledPrograms::Compiled own;
};

/// A little more than `extent`, and the same for all a little less.
std::int64_t withRoom(std::int64_t extent) {
  const auto least = static_cast<std::int64_t>(
                         std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 64)))) /
                     4;
  return (extent + least / 4 + least) / least * least;
}

} // namespace

Result<Continued> continueFrom(const DeltaContext &context, const sema::TypedProgram &program) {
  ReuseContext reuse{context.options.seed, &context.budget, context.options.backend == "cpu", {}};
  if (!context.options.maxIterations)
    reuse.runDelta = [&](const sema::DeltaProgram &delta, std::map<std::string, Relation> fresh,
                         const ReusePlan &plan) {
      return DeltaRunner(context, delta, plan).run(std::move(fresh));
    };
  Result<ReusePlan> plan = planReuse(program, context.data, reuse, *context.options.embedding->cache);
  if (!plan)
    return plan.error();
  Continued continued{*std::move(plan), std::nullopt};
  if (!context.programs)
    return continued;
  Result<std::optional<backend::Answers>> answers = settledAnswers(program, context.data, continued.plan);
  if (!answers)
    return answers.error();
  continued.answers = *std::move(answers);
  return continued;
}

bool leaveRoom(sema::TypedProgram &program, const LoadedData &data, source::DiagnosticEngine &diagnostics) {
  constexpr std::int64_t kMostExtent = std::int64_t{1} << 30;
  std::map<sema::ClassId, std::int64_t> fixed;
  for (sema::ClassId id = 0; id < program.classes.size(); ++id) {
    const sema::AxisClass &axisClass = program.classes[id];
    if (!axisClass.isOpen && axisClass.hard.empty() && axisClass.extent > 0 &&
        axisClass.extent < kMostExtent && canOpen(program, id))
      fixed[id] = withRoom(axisClass.extent);
  }
  return fixed.empty() || resolveAgain(program, data, fixed, diagnostics);
}

} // namespace tl::driver
