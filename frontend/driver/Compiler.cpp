// The stages of one program.
#include "frontend/driver/Compiler.h"

#include "backend/cpu/Explain.h"
#include "frontend/driver/Asked.h"
#include "frontend/driver/CheckFits.h"
#include "frontend/driver/DeltaRun.h"
#include "frontend/driver/Derivatives.h"
#include "frontend/driver/Externals.h"
#include "frontend/driver/FailurePlace.h"
#include "frontend/driver/Load.h"
#include "frontend/driver/LoadSparse.h"
#include "frontend/driver/ModuleFile.h"
#include "frontend/driver/Modules.h"
#include "frontend/driver/PeekFiles.h"
#include "frontend/driver/Repair.h"
#include "frontend/driver/SafePaths.h"
#include "frontend/driver/Save.h"
#include "frontend/driver/Training.h"
#include "frontend/emit/EmitTl.h"
#include "frontend/expand/Derivatives.h"
#include "frontend/expand/Embed.h"
#include "frontend/expand/Expand.h"
#include "frontend/expand/Worlds.h"
#include "frontend/parse/Parser.h"
#include "frontend/print/PlanTree.h"
#include "frontend/sema/Check.h"
#include "frontend/sema/Demand.h"
#include "frontend/sema/Needed.h"
#include "passes/logic/ReadSparsely.h"
#include "runtime/package/RunPackage.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

namespace tl::driver {
namespace {

using runtime::ErrorKind;
using source::DiagnosticId;

constexpr int kProgramError = 1;
constexpr int kInternalError = 70;
constexpr std::size_t kMostRepairs = 3;

} // namespace

class Compilation::Impl {
public:
  Impl(const Options &options, const runtime::CancelToken &cancel)
      : options(options), cancel(cancel),
        ownBudget(options.maxMemoryBytes ? options.maxMemoryBytes : defaultMemoryBytes()),
        budget(options.embedding ? *options.embedding->budget : ownBudget) {
    if (options.strict)
      diagnostics.promoteWarnings();
  }

  bool advance(Stage last) {
    while (!failed && (!done || *done < last)) {
      Stage next = done ? static_cast<Stage>(static_cast<int>(*done) + 1) : Stage::Parsed;
      if (!step(next) || diagnostics.hasErrors()) {
        failed = true;
        if (options.findsRepairs && !kind && !internal)
          repair(next);
      }
      done = next;
    }
    return !failed;
  }

  /// Gives the first errors without a fix one that compiles. Programs that read files are not tried out.
  void repair(Stage stage) {
    bool readsFiles = !options.defines.empty() || readsFile();
    std::size_t count = diagnostics.all().size();
    for (std::size_t position = 0, tried = 0; position < count && tried < kMostRepairs; ++position) {
      const source::Diagnostic &diagnostic = diagnostics.all()[position];
      bool isError = source::severity(diagnostic.id) == source::Severity::Error;
      if (!isError || diagnostic.fix || !source::hasPlace(diagnostic) || !isOwnFile(diagnostic.range.file) ||
          (readsFiles && stage > Stage::Checked))
        continue;
      ++tried;
      auto compile = [&](const std::string &text, std::uint32_t begin, std::uint32_t end) {
        return compileWith(diagnostic.range.file, text, begin, end,
                           readsFiles ? Stage::Checked : Stage::Loaded);
      };
      std::optional<Repair> repair = findRepair(sources, diagnostic, compile);
      if (!repair)
        continue;
      diagnostics.setFix(position, std::move(repair->fix));
      if (repair->isWhole)
        return diagnostics.keepError(position);
    }
  }

  /// Modules of the library are not to be edited.
  bool isOwnFile(std::uint32_t number) const {
    return options.embedding ? number < options.embedding->sources.size() : number == file;
  }

  bool readsFile() const {
    for (std::uint32_t number = 0; number <= file; ++number)
      if (sources.file(number).text().find('"') != std::string_view::npos)
        return true;
    return false;
  }

  /// What becomes of `text` in place of file `edited` of the program; the statement in question is at [begin,
  /// end).
  Trial compileWith(std::uint32_t edited, const std::string &text, std::uint32_t begin, std::uint32_t end,
                    Stage last) const {
    Options other = options;
    other.folder = folder();
    other.path = "-";
    other.text = text;
    other.findsRepairs = false;
    Embedding embedding;
    if (options.embedding) {
      embedding = *options.embedding;
      embedding.cache = nullptr;
      embedding.sources[edited].text = text;
      other.embedding = &embedding;
    }
    Compilation compilation(other, cancel);
    if (compilation.advance(last))
      return Trial::Whole;
    auto touches = [&](source::SourceRange range) {
      return range.file == edited && range.begin <= end && begin <= range.end;
    };
    for (const source::Diagnostic &diagnostic : compilation.diagnostics().all()) {
      bool isError = diagnostics.isStrict() || source::severity(diagnostic.id) == source::Severity::Error;
      bool isLabelled = std::ranges::any_of(diagnostic.labels, touches, &source::Label::range);
      if (isError && (touches(diagnostic.range) || isLabelled || !wasReported(diagnostic)))
        return Trial::Wrong;
    }
    return compilation.exitCode() == kProgramError ? Trial::Local : Trial::Wrong;
  }

  bool wasReported(const source::Diagnostic &diagnostic) const {
    return std::ranges::any_of(diagnostics.all(), [&](const source::Diagnostic &known) {
      return known.id == diagnostic.id && known.message == diagnostic.message;
    });
  }

  bool step(Stage stage) {
    switch (stage) {
    case Stage::Parsed:
      return parse();
    case Stage::Checked:
      return check();
    case Stage::Loaded:
      return load();
    case Stage::Emitted:
      return answers || emit();
    case Stage::Compiled:
      return answers || compile();
    }
    return false;
  }

  bool fail(const runtime::Error &error, source::SourceRange range = {}) {
    kind = error.kind;
    DiagnosticId id =
        error.kind == ErrorKind::Unsupported ? DiagnosticId::NotSupportedYet : DiagnosticId::RunFailed;
    diagnostics.report(id, range, error.message);
    failed = true;
    return false;
  }

  /// The texts of an embedding program together. Questions that are not to be answered are left out.
  std::optional<ast::Program> parseAll(const Embedding &embedding) {
    std::vector<ast::Program> programs;
    for (std::size_t number = 0; number < embedding.sources.size(); ++number) {
      file = sources.add(embedding.sources[number].name, embedding.sources[number].text);
      std::optional<ast::Program> program = parse::parse(sources, file, diagnostics);
      if (!program)
        continue;
      if (embedding.asksLastOnly && number + 1 < embedding.sources.size())
        std::erase_if(program->statements, [](const ast::Statement &statement) {
          return std::holds_alternative<ast::Query>(statement.node) ||
                 std::holds_alternative<ast::Write>(statement.node);
        });
      programs.push_back(*std::move(program));
    }
    if (programs.size() < embedding.sources.size() || programs.empty())
      return std::nullopt;
    ast::Program program = std::move(programs.front());
    for (std::size_t number = 1; number < programs.size(); ++number)
      std::ranges::move(programs[number].statements, std::back_inserter(program.statements));
    return program;
  }

  bool parse() {
    std::optional<ast::Program> parsed = options.embedding ? parseAll(*options.embedding) : parseFile();
    if (!parsed)
      return false;
    std::optional<std::vector<expand::Module>> modules =
        loadModules(*std::move(parsed), {folder(), options.libraryFolder}, sources, diagnostics);
    if (modules && (!options.isSafe || checkSafePaths(*modules, folder(), diagnostics)))
      ast = expand::expand(*std::move(modules), sources, diagnostics, !options.findsRepairs);
    return ast && expand::expandDerivatives(*ast, diagnostics) &&
           expand::expandEmbeddings(*ast, diagnostics) && expand::expandWorlds(*ast, diagnostics);
  }

  std::optional<ast::Program> parseFile() {
    std::string text = options.text;
    std::string name = options.path == "-" ? "standard input" : options.path;
    if (options.path != "-") {
      std::optional<std::string> read = readSource(options.path);
      if (!read) {
        std::error_code code;
        bool isFile = std::filesystem::is_regular_file(options.path, code);
        sources.add(name, "");
        fail({ErrorKind::Data, "'" + name + "': " + (isFile ? "cannot be read" : "no such file")});
        return std::nullopt;
      }
      text = *std::move(read);
    }
    for (const std::string &fact : options.asked)
      text += "\n" + fact + "?";
    file = sources.add(name, std::move(text));
    return parse::parse(sources, file, diagnostics);
  }

  /// A define that nothing mentions is a mistyped name.
  bool checkDefines() {
    for (const auto &[name, value] : options.defines)
      if (!isNamedIn(sources.file(file).text(), name) && !isOptimizerOption(*ast, name))
        return fail({ErrorKind::Usage, "-D " + name + "=" + value + ": the program has no '" + name + "'"});
    return true;
  }

  bool check() {
    if (!checkDefines())
      return false;
    sema::CheckOptions check;
    check.realType = options.realType;
    check.steps = options.training.steps;
    if (hasLearning(*ast)) {
      library.emplace(sources);
      check.optimizers = library->optimizers();
      check.schedules = library->schedules();
    }
    for (const auto &[name, value] : options.defines)
      if (std::optional<double> number = numberOf(value))
        check.constants[name] = *number;
      else
        check.files[name] = value;
    // Only what the name of a file says counts here: an array, or a table.
    if (options.embedding) {
      for (const auto &[name, array] : options.embedding->arrays)
        check.files[name] = ".npy";
      for (const auto &[name, table] : options.embedding->tables)
        check.files[name] = ".facts";
    }
    check.fileShapes = peekFiles(*ast, loadOptions());
    if (options.embedding)
      for (const auto &[name, array] : options.embedding->arrays)
        check.fileShapes[name] = {array.rank(), array.type()};
    typed = sema::check(*ast, check, diagnostics);
    return typed && checkWrites(*typed, diagnostics);
  }

  LoadOptions loadOptions() {
    LoadOptions load;
    load.folder = folder();
    load.budget = &budget;
    load.seed = options.seed;
    // A training step reads whole tensors; keeping them as rows is decided once for one module.
    load.tables = hasLearning(*ast) ? TableStorage::Dense : options.tables;
    load.embedding = options.embedding;
    load.inputs = options.inputs;
    for (const auto &[name, value] : options.defines)
      if (!numberOf(value))
        load.files[name] = value;
    return load;
  }

  bool load() {
    source::SourceRange missing;
    if (auto located = locateExternals(*typed, folder(), options.embedding, missing); !located)
      return fail(located.error(), missing);
    std::optional<ErrorKind> failure;
    data = driver::load(*typed, *ast, loadOptions(), diagnostics, failure);
    if (failure)
      kind = failure;
    if (!data)
      return false;
    if (!options.asked.empty())
      return ask();
    // Learning changes values that no equation defines, and a derivative goes through every value on its way.
    const bool derives = sema::hasDerivatives(*typed);
    bool learns = !typed->learnings.empty();
    // The values of sparse tensors are bound later: what reads them has no digest yet.
    if (options.embedding && options.embedding->cache && !learns && !derives && data->sparse.empty())
      return goOn();
    if (learns && options.queryDriven.value_or(false))
      return fail({ErrorKind::Unsupported, "--query-driven is not supported yet for a program with 'learn'"},
                  typed->learnings.front().range);
    if (!learns && options.queryDriven.value_or(sema::hasOnlyBoundQueries(*typed)))
      demand();
    return true;
  }

  /// Goes on from what earlier runs of an embedding program gave.
  bool goOn() {
    if (!leaveRoom(*typed, *data, diagnostics))
      return false;
    auto continued =
        continueFrom({options, sources, *data, budget, cancel, options.embedding->programs}, *typed);
    if (!continued)
      return fail(continued.error());
    reuse = std::move(continued->plan);
    answers = std::move(continued->answers);
    return true;
  }

  bool ask() {
    std::optional<std::vector<AskedFact>> facts = takeAsked(*typed, *data, options.asked.size(), diagnostics);
    if (facts)
      asked = *std::move(facts);
    return facts.has_value();
  }

  std::optional<prove::Evidence> evidence() {
    backend::RunOptions run{&budget, &cancel, std::max(1, options.threads)};
    runtime::Result<backend::Answers> values = running->run(data->bindings, run);
    if (values)
      if (auto gathered = gatherEvidence(*typed, *data, *std::move(values), asked))
        return *std::move(gathered);
      else
        fail(gathered.error());
    else
      fail(values.error(), placeOfFailure(*typed, values.error().message));
    return std::nullopt;
  }

  void demand() {
    sema::SymbolId symbolId = [this](sema::ClassId id, std::string_view text) -> std::optional<std::int64_t> {
      const runtime::Domain *domain = data->domains[id].get();
      return domain ? domain->find(text) : std::nullopt;
    };
    demanded = sema::applyDemand(*typed, data->bound, symbolId);
    for (auto &[tensor, rows] : demanded.seeds) {
      data->bindings[typed->tensors[tensor].name] = rows;
      data->bound.insert(tensor);
    }
    for (auto [copy, of] : demanded.copies) {
      data->bindings[typed->tensors[copy].name] = data->bindings.at(typed->tensors[of].name);
      data->bound.insert(copy);
    }
  }

  /// Tensors of few values are read through their rows, unless something asks for every element.
  bool bindSparse() {
    std::optional<ErrorKind> failure;
    FailureSink failures{diagnostics, failure};
    for (auto &[id, sparse] : data->sparse) {
      const std::string &name = typed->tensors[id].name;
      if (passes::readSparsely(*module, name, static_cast<std::int64_t>(sparse.rows.size()))) {
        data->bindings[name] = std::move(sparse.rows);
        data->bindings[passes::sparseValuesName(name)] = std::move(sparse.values);
        continue;
      }
      std::optional<runtime::Tensor> dense = makeDense(*typed, id, sparse, budget, failures);
      if (!dense) {
        kind = failure;
        return false;
      }
      data->bindings[name] = *std::move(dense);
    }
    data->sparse.clear();
    return true;
  }

  bool emit() {
    source::SourceRange tensor;
    if (runtime::Result<void> fitting = checkFits(*typed, *data, budget, tensor); !fitting)
      return fail(fitting.error(), tensor);
    emit::EmitOptions emit;
    emit.realType = options.realType;
    emit.seed = options.seed;
    emit.tolerance = options.tolerance;
    emit.maxIterations = options.maxIterations;
    emit.bound = data->bound;
    emit.given = reuse.settled;
    emit.kept = reuse.kept;
    if (!typed->learnings.empty())
      emit.given = parametersOf(*typed);
    context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
    module = emit::emit(*context, *typed, sources, emit);
    if (mlir::succeeded(mlir::verify(*module)) &&
        !deriveQueries(*module, *typed, diagnostics, budget.capBytes()))
      return false;
    if (!bindSparse())
      return false;
    if (mlir::succeeded(mlir::verify(*module)))
      return true;
    kind.reset();
    internal = true;
    return false;
  }

  bool compile() {
    const backend::Backend *backend = backend::find(options.backend);
    if (!backend)
      return fail({ErrorKind::Usage, "no backend '" + options.backend + "'"});
    backend::CompileOptions compile = compileOptions(options);
    compile.data = &data->bindings;
    compile.kept = &reuse.rows;
    CompiledPrograms *programs = options.embedding ? options.embedding->programs : nullptr;
    std::string key = programs ? programKey(*module, options.backend, compile) : "";
    running = programs ? programs->find(key) : nullptr;
    if (running)
      return true;
    auto compiled = backend->compile(*module, compile);
    if (!compiled)
      return fail(compiled.error());
    if (programs) {
      running = programs->add(std::move(key), {std::move(context), std::move(module), *std::move(compiled)});
      return true;
    }
    executable = *std::move(compiled);
    running = executable.get();
    return true;
  }

  /// Learns the parameters that the answers are computed from.
  bool learn() {
    if (typed->learnings.empty())
      return true;
    TrainingContext training{*typed, *data, sources, diagnostics, *library, options, budget, cancel};
    source::SourceRange range;
    if (runtime::Result<void> trained = train(training, sources.file(file).text(), range); !trained)
      return fail(trained.error(), range);
    return !diagnostics.hasErrors();
  }

  std::optional<std::vector<Answer>> run() {
    if (!learn())
      return std::nullopt;
    backend::RunOptions run{&budget, &cancel, threadCount(options)};
    run.profile = options.profile ? &profile : nullptr;
    run.kept = &reuse.rows;
    const auto queries = static_cast<std::int64_t>(typed->queries.size());
    run.keepsFrom = reuse.kept.empty() ? -1 : queries;
    runtime::Result<backend::Answers> values =
        answers ? std::move(*answers) : running->run(data->bindings, run);
    if (!values) {
      fail(values.error(), placeOfFailure(*typed, values.error().message));
      return std::nullopt;
    }
    if (options.embedding && options.embedding->cache)
      storeResults(*typed, reuse, *values, queries, budget, *options.embedding->cache);
    const runtime::DomainOf domainOf = [this](std::uint32_t id) { return data->domains[id].get(); };
    runtime::FailedAt at;
    auto taken = runtime::takeAnswers(questionsOf(*typed), outputsOf(*typed), *values, domainOf, folder(),
                                      budget, &at);
    if (!taken) {
      fail(taken.error(), at.isQuery ? typed->queries[at.number].range : typed->writes[at.number].range);
      return std::nullopt;
    }
    return *std::move(taken);
  }

  std::optional<Standalone> standalone(std::string_view processor) {
    if (!learn())
      return std::nullopt;
    if (auto code = backend::standaloneCode(*module, compileOptions(options), processor); !code)
      fail(code.error());
    else if (auto made = makeStandalone(*typed, *data, demanded, options, *std::move(code)))
      return *std::move(made);
    else
      fail(made.error());
    return std::nullopt;
  }

  std::string folder() const {
    return options.folder        ? *options.folder
           : options.path == "-" ? "."
                                 : std::filesystem::path(options.path).parent_path().string();
  }

  Options options;
  const runtime::CancelToken &cancel;
  // Before everything that holds buffers: a budget outlives what is charged to it.
  runtime::MemoryBudget ownBudget;
  runtime::MemoryBudget &budget;
  source::SourceManager sources;
  source::DiagnosticEngine diagnostics;
  backend::Profile profile;
  std::uint32_t file = 0;
  std::optional<ast::Program> ast;
  std::optional<TrainingLibrary> library;
  std::optional<sema::TypedProgram> typed;
  std::optional<LoadedData> data;
  sema::Demanded demanded;
  std::vector<AskedFact> asked;
  ReusePlan reuse;
  std::optional<backend::Answers> answers; ///< when nothing has to be computed
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<backend::Executable> executable;
  backend::Executable *running = nullptr; ///< it, or one that was compiled before
  std::optional<Stage> done;
  std::optional<ErrorKind> kind;
  bool failed = false;
  bool internal = false;
};

Compilation::Compilation(const Options &options, const runtime::CancelToken &cancel)
    : impl(std::make_unique<Impl>(options, cancel)) {}

Compilation::~Compilation() = default;

bool Compilation::advance(Stage last) {
  return impl->advance(last);
}

std::optional<std::vector<Answer>> Compilation::run() {
  return impl->run();
}

std::optional<prove::Evidence> Compilation::evidence() {
  return impl->evidence();
}

const std::vector<AskedFact> &Compilation::askedFacts() const {
  return impl->asked;
}

int Compilation::exitCode() const {
  if (impl->internal)
    return kInternalError;
  if (impl->kind)
    return runtime::exitCode(*impl->kind);
  return impl->failed ? kProgramError : 0;
}

const backend::Profile &Compilation::profile() const {
  return impl->profile;
}

std::size_t Compilation::bytesInUse() const {
  return impl->budget.used();
}

const source::SourceManager &Compilation::sources() const {
  return impl->sources;
}

const source::DiagnosticEngine &Compilation::diagnostics() const {
  return impl->diagnostics;
}

const sema::TypedProgram &Compilation::program() const {
  return *impl->typed;
}

const sema::Demanded &Compilation::demanded() const {
  return impl->demanded;
}

std::string Compilation::moduleText(std::string_view stage) {
  if (stage == "llvm" || stage == "asm" || stage.starts_with("ptx "))
    return backend::machineText(*impl->executable, stage);
  if (stage == "tree")
    return print::planTree(*impl->module, impl->sources, impl->options.profile ? &impl->profile : nullptr);
  std::string text;
  llvm::raw_string_ostream stream(text);
  impl->module->print(stream);
  return text + "\n";
}

runtime::Result<std::string> Compilation::stageText(std::string_view stage) {
  if (stage != "tl" && stage != "plan") {
    runtime::Result<std::string> code = impl->executable->codeText(stage);
    if (code && code->empty())
      return runtime::Error{ErrorKind::Program, "this program has no kernels"};
    return code;
  }
  if (!impl->learn())
    return runtime::Error{ErrorKind::Program, "the parameters cannot be learnt"};
  return driver::moduleText(*impl->module, packageOf(*impl->typed, *impl->data, impl->options));
}

std::optional<Standalone> Compilation::standalone(std::string_view processor) {
  return impl->standalone(processor);
}

runtime::Result<std::string> Compilation::gradientText() {
  return gradientProgram(*impl->module, *impl->ast, *impl->typed);
}

} // namespace tl::driver
