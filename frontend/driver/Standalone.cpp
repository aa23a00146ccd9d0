// What an executable or a library of a program is made of.
#include "frontend/driver/Standalone.h"

#include "frontend/driver/Answers.h"
#include "runtime/io/Formats.h"

#include <algorithm>
#include <filesystem>

namespace tl::driver {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using sema::TensorId;

void addReads(const runtime::Block &block, std::set<std::string> &names);

struct ReadCollector {
  std::set<std::string> &names;

  void operator()(const runtime::ReadStep &step) { names.insert(step.name); }
  void operator()(const runtime::ScanStep &step) { addReads(step.body, names); }
  void operator()(const runtime::FixpointStep &step) { addReads(step.body, names); }
  void operator()(const runtime::SemiNaiveStep &step) {
    addReads(step.start, names);
    addReads(step.round, names);
  }
  template <typename Other> void operator()(const Other &) {}
};

/// The names that a program reads data under.
void addReads(const runtime::Block &block, std::set<std::string> &names) {
  for (const runtime::Step &step : block.steps)
    std::visit(ReadCollector{names}, step.action);
}

runtime::RowCombination combinationOf(ast::AssignOp op) {
  switch (op) {
  case ast::AssignOp::Assign:
    return runtime::RowCombination::Unique;
  case ast::AssignOp::Add:
  case ast::AssignOp::Average:
    return runtime::RowCombination::Add;
  case ast::AssignOp::Max:
    return runtime::RowCombination::Max;
  case ast::AssignOp::Min:
    return runtime::RowCombination::Min;
  case ast::AssignOp::Multiply:
    return runtime::RowCombination::Multiply;
  }
  __builtin_unreachable();
}

/// Which tensors and relations can have other data when the program runs.
class Inputs {
public:
  Inputs(const sema::TypedProgram &program, const LoadedData &data, const sema::Demanded &demanded,
         const Options &options, const std::set<std::string> &read)
      : program(program), data(data), demanded(demanded), options(options), read(read) {}

  /// Why `id` is none; empty for those that are.
  std::string reason(TensorId id) const {
    const sema::TensorSymbol &tensor = program.tensors[id];
    const bool isLearnt =
        std::any_of(program.learnings.begin(), program.learnings.end(), [&](const sema::Learning &learning) {
          return std::ranges::count(learning.parameters, id) != 0;
        });
    if (isLearnt)
      return "it is learnt when the program is built";
    if (!tensor.literals.empty() || (tensor.kind == sema::TensorKind::Dense && hasFacts(tensor)))
      return "the program itself says what is in it";
    if (!data.bound.count(id))
      return "it has no data to tell its shape: give some with -D " + tensor.name + "=FILE";
    if (tensor.reads.size() > 1 ||
        (tensor.reads.size() == 1 && tensor.reads[0]->path.find('{') != std::string::npos))
      return "it is put together from several arrays";
    if (namesOf(id).empty())
      return "no query needs it as it is";
    return "";
  }

  bool isOffered(TensorId id) const {
    const sema::TensorSymbol &tensor = program.tensors[id];
    return !tensor.reads.empty() || options.defines.count(tensor.name) || options.inputs.count(tensor.name);
  }

  runtime::Input describe(TensorId id) const {
    const sema::TensorSymbol &tensor = program.tensors[id];
    runtime::Input input;
    input.name = tensor.name;
    input.type.isRelation = tensor.kind == sema::TensorKind::Relation;
    input.type.element = tensor.elementType;
    input.type.isPartial = tensor.monoid == sema::Monoid::Max || tensor.monoid == sema::Monoid::Min;
    for (sema::ClassId axis : tensor.axes) {
      const sema::AxisClass &axisClass = program.classes[axis];
      input.axes.push_back({axis, !axisClass.domain.empty(), axisClass.extent});
      input.type.extents.push_back(std::max<std::int64_t>(0, axisClass.extent));
      input.isOpen.push_back(axisClass.isOpen);
    }
    if (!tensor.reads.empty())
      readFrom(*tensor.reads.front(), input);
    if (auto given = options.defines.find(tensor.name); given != options.defines.end())
      input.path = given->second;
    input.alsoAs = namesOf(id);
    std::erase(input.alsoAs, input.name);
    return input;
  }

private:
  static bool hasFacts(const sema::TensorSymbol &tensor) {
    return !tensor.facts.empty() || !tensor.factBlocks.empty();
  }

  /// Where the program reads it; what came with it from a demand for fewer rows is left alone.
  std::vector<std::string> namesOf(TensorId id) const {
    std::vector<std::string> names;
    if (read.count(program.tensors[id].name))
      names.push_back(program.tensors[id].name);
    for (auto [copy, of] : demanded.copies)
      if (of == id && read.count(program.tensors[copy].name))
        names.push_back(program.tensors[copy].name);
    return names;
  }

  static void readFrom(const ast::Read &read, runtime::Input &input) {
    input.path = read.path;
    input.rows = combinationOf(read.op);
    for (const ast::NamedArgument &option : read.options)
      if (const auto *number = option.value ? std::get_if<ast::Number>(&option.value->node) : nullptr)
        input.hasHeader = input.hasHeader || (option.name == "header" && number->value != 0);
  }

  const sema::TypedProgram &program;
  const LoadedData &data;
  const sema::Demanded &demanded;
  const Options &options;
  const std::set<std::string> &read;
};

} // namespace

runtime::Package packageOf(const sema::TypedProgram &program, const LoadedData &data,
                           const Options &options) {
  runtime::Package package;
  package.name =
      options.path == "-" ? "standard input" : std::filesystem::path(options.path).filename().string();
  package.domains = data.domains;
  package.queries = questionsOf(program);
  package.writes = outputsOf(program);
  package.data = data.bindings;
  return package;
}

Result<Standalone> makeStandalone(const sema::TypedProgram &program, const LoadedData &data,
                                  const sema::Demanded &demanded, const Options &options,
                                  backend::StandaloneCode code) {
  std::set<std::string> read;
  addReads(code.program.body, read);
  Standalone made{packageOf(program, data, options), std::move(code.objects)};
  runtime::Package &package = made.package;
  package.program = std::move(code.program);
  package.features = std::move(code.features);
  std::erase_if(package.data, [&](const auto &entry) { return !read.count(entry.first); });
  const Inputs inputs(program, data, demanded, options, read);
  for (const std::string &name : options.inputs) {
    std::optional<TensorId> id = program.find(name);
    const std::string reason = id ? inputs.reason(*id) : "the program has no '" + name + "'";
    if (!reason.empty())
      return Error{ErrorKind::Usage, "--input " + name + ": '" + name + "' cannot be an input: " + reason};
  }
  for (TensorId id = 0; id < program.tensors.size(); ++id) {
    if (!inputs.isOffered(id) || !inputs.reason(id).empty())
      continue;
    runtime::Input input = inputs.describe(id);
    if (auto facts = data.facts.find(id); facts != data.facts.end())
      package.facts[input.name] = facts->second;
    if (options.inputs.count(input.name)) {
      package.data.erase(input.name);
      for (const std::string &other : input.alsoAs)
        package.data.erase(other);
    }
    package.inputs.push_back(std::move(input));
  }
  return made;
}

} // namespace tl::driver
