// Definitions with a virtual step index to the equations of one step.
#include "frontend/driver/TrainingUpdate.h"

#include "frontend/ast/Rewrite.h"

#include <algorithm>
#include <cassert>
#include <set>

namespace tl::driver {
namespace {

constexpr std::string_view kStepVariable = "s";

ast::ExprPtr expression(decltype(ast::Expr::node) node, source::SourceRange range) {
  auto expr = std::make_unique<ast::Expr>();
  expr->range = range;
  expr->node = std::move(node);
  return expr;
}

ast::ExprPtr number(double value, source::SourceRange range) {
  return expression(ast::Number{value, 0, false}, range);
}

bool isStepVariable(const ast::Index &index) {
  const auto *variable = index.expr ? std::get_if<ast::Variable>(&index.expr->node) : nullptr;
  return variable && variable->name == kStepVariable;
}

/// Where in time an access stands.
enum class Moment { Constant, Now, Next, Start };

Moment momentOf(const std::vector<ast::Index> &indices) {
  if (indices.empty())
    return Moment::Constant;
  if (isStepVariable(indices[0]))
    return Moment::Now;
  if (!indices[0].isVirtual)
    return Moment::Constant;
  return std::holds_alternative<ast::Sum>(indices[0].expr->node) ? Moment::Next : Moment::Start;
}

bool hasGroup(const std::vector<ast::Index> &indices) {
  return std::any_of(indices.begin(), indices.end(),
                     [](const ast::Index &index) { return index.form == ast::Index::Form::Group; });
}

/// What the names of a definition stand for.
struct Binding {
  StepTensor like;                           ///< `...` stands for its indices
  std::string prefix;                        ///< of the names of local tensors
  std::map<std::string, std::string> names;  ///< parameters and results
  std::map<std::string, double> numbers;     ///< options
  std::map<std::string, std::string> scalars; ///< options that are computed
};

/// Collects the statements of a program that makes one step.
class UpdateBuilder {
public:
  /// Equations of `definition` for one step.
  void add(const ast::Definition &definition, Binding binding);
  /// Checks and resolves what was added.
  UpdateProgram finish();
  /// Says that `name` is handed out.
  void output(const std::string &name) { update.outputs.push_back(name); }

private:
  void declare(const StepTensor &tensor, source::SourceRange range);
  void addState(const StepTensor &tensor, source::SourceRange range);
  std::string rename(const Binding &binding, const std::string &name, std::vector<ast::Index> &indices,
                     source::SourceRange range);
  ast::Rewriter rewriter(const Binding &binding);

  UpdateProgram update;
  std::set<std::string> declared;
  std::set<std::string> states;
  std::set<std::string> virtuals; ///< tensors of the definition at hand that have a state
};

void UpdateBuilder::declare(const StepTensor &tensor, source::SourceRange range) {
  if (!declared.insert(tensor.name).second)
    return;
  ast::TensorDeclaration declaration;
  declaration.head.name = tensor.name;
  declaration.head.range = declaration.head.nameRange = range;
  for (std::int64_t extent : tensor.shape)
    declaration.axes.push_back({range, "", extent, ""});
  declaration.elementType = runtime::name(tensor.type);
  update.ast.statements.push_back({range, std::move(declaration)});
}

void UpdateBuilder::addState(const StepTensor &tensor, source::SourceRange range) {
  if (!states.insert(tensor.name).second)
    return;
  declare(tensor, range);
  update.states.push_back(tensor);
  output(nextName(tensor.name));
}

/// The name of a tensor at its moment; leaves the indices other than the step.
std::string UpdateBuilder::rename(const Binding &binding, const std::string &name,
                                  std::vector<ast::Index> &indices, source::SourceRange range) {
  auto bound = binding.names.find(name);
  StepTensor tensor = binding.like;
  tensor.name = bound == binding.names.end() ? binding.prefix + "." + name : bound->second;
  if (!hasGroup(indices)) {
    tensor.shape.clear();
    tensor.type = runtime::ElementType::F64;
  }
  const Moment moment = momentOf(indices);
  const bool isVirtual = moment != Moment::Constant && indices[0].isVirtual;
  if (moment != Moment::Constant)
    indices.erase(indices.begin());
  if (isVirtual)
    addState(tensor, range);
  if (isVirtual && moment == Moment::Next)
    tensor.name = nextName(tensor.name);
  declare(tensor, range);
  std::vector<ast::Index> written;
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    ast::Index index;
    index.range = range;
    index.expr = expression(ast::Variable{"i" + std::to_string(axis + 1)}, range);
    written.push_back(std::move(index));
  }
  indices = std::move(written);
  return tensor.name;
}

ast::Rewriter UpdateBuilder::rewriter(const Binding &binding) {
  ast::Rewriter result;
  result.expression = [this, &binding](const ast::Expr &expr) -> ast::ExprPtr {
    if (const auto *name = std::get_if<ast::Name>(&expr.node)) {
      std::vector<ast::Index> none;
      return expression(ast::Name{rename(binding, name->name, none, expr.range)}, expr.range);
    }
    if (const auto *access = std::get_if<ast::Access>(&expr.node)) {
      std::vector<ast::Index> indices;
      for (const ast::Index &index : access->indices)
        indices.push_back(ast::rewrite(index));
      std::string name = rename(binding, access->name, indices, expr.range);
      if (indices.empty())
        return expression(ast::Name{std::move(name)}, expr.range);
      return expression(ast::Access{std::move(name), access->nameRange, false, std::move(indices)}, expr.range);
    }
    const auto *variable = std::get_if<ast::Variable>(&expr.node);
    if (!variable)
      return nullptr;
    if (auto found = binding.scalars.find(variable->name); found != binding.scalars.end())
      return expression(ast::Name{found->second}, expr.range);
    if (auto found = binding.numbers.find(variable->name); found != binding.numbers.end())
      return number(found->second, expr.range);
    assert(variable->name == kStepVariable && "a definition of the library reads its options and the step");
    declare({kStepNumber, {}, runtime::ElementType::F64}, expr.range);
    return expression(ast::Name{kStepNumber}, expr.range);
  };
  return result;
}

void UpdateBuilder::add(const ast::Definition &definition, Binding binding) {
  for (const ast::NamedArgument &option : definition.options)
    if (!binding.scalars.count(option.name)) {
      const auto *literal = std::get_if<ast::Number>(&option.value->node);
      assert(literal && "options of the library have numbers as defaults");
      binding.numbers.emplace(option.name, literal->isInteger ? static_cast<double>(literal->integer) : literal->value);
    }
  const ast::Rewriter replacing = rewriter(binding);
  for (const ast::Statement &statement : definition.body) {
    const auto &source = std::get<ast::Equation>(statement.node);
    if (momentOf(source.head.indices) == Moment::Start && source.head.indices[0].isVirtual &&
        !isStepVariable(source.head.indices[0]))
      continue; // the first state is bound
    ast::Equation equation;
    equation.op = source.op;
    equation.head.range = source.head.range;
    equation.head.nameRange = source.head.nameRange;
    for (const ast::Index &index : source.head.indices)
      equation.head.indices.push_back(ast::rewrite(index));
    equation.head.name = rename(binding, source.head.name, equation.head.indices, source.head.range);
    if (!equation.head.indices.empty())
      equation.head.form = ast::Head::Form::Brackets;
    equation.value = ast::rewrite(*source.value, replacing);
    update.ast.statements.push_back({statement.range, std::move(equation)});
  }
}

UpdateProgram UpdateBuilder::finish() {
  source::DiagnosticEngine diagnostics;
  std::optional<sema::TypedProgram> program = sema::check(update.ast, {}, diagnostics);
  assert(program && "the library makes programs that are right");
  update.program = *std::move(program);
  [[maybe_unused]] bool isResolved = sema::resolve(
      update.program, {}, [](sema::ClassId) { return std::int64_t{0}; },
      [](sema::ClassId, std::string_view) { return std::optional<std::int64_t>(); }, diagnostics);
  assert(isResolved && "everything of the library is declared");
  return std::move(update);
}

/// The gradient of each parameter, shortened if it is to be.
void addClipping(UpdateBuilder &builder, const TrainingLibrary &library, const sema::Learning &learning,
                 const std::vector<StepTensor> &parameters) {
  constexpr const char *kSquare = "learn.square";
  for (const StepTensor &parameter : parameters)
    builder.add(library.find("squares"), {parameter,
                                          parameter.name + ".squares",
                                          {{"Grad", gradientName(parameter.name)}, {"Square", kSquare}},
                                          {},
                                          {}});
  for (const StepTensor &parameter : parameters)
    builder.add(library.find("clipped"),
                {parameter,
                 parameter.name + ".clipped",
                 {{"Grad", gradientName(parameter.name)}, {"Square", kSquare}, {"Short", parameter.name + ".short"}},
                 {{"limit", learning.clip}},
                 {}});
}

} // namespace

std::string gradientName(const std::string &parameter) {
  return parameter + ".gradient";
}
std::string nextName(const std::string &state) {
  return state + ".next";
}
std::string totalName(const std::string &parameter) {
  return parameter + ".total";
}

UpdateProgram optimizerUpdate(const TrainingLibrary &library, const sema::Learning &learning,
                              std::int64_t steps, const std::vector<StepTensor> &parameters) {
  UpdateBuilder builder;
  const ast::Definition &optimizer = library.find(learning.optimizer);
  Binding rate{{}, "learn", {{"Rate", kRate}}, {}, {}};
  for (const ast::NamedArgument &option : optimizer.options)
    if (option.name == "lr")
      rate.numbers["lr"] = std::get<ast::Number>(option.value->node).value;
  if (auto given = learning.optimizerOptions.find("lr"); given != learning.optimizerOptions.end())
    rate.numbers["lr"] = given->second;
  rate.numbers["steps"] = static_cast<double>(steps);
  rate.numbers["warmup"] = static_cast<double>(learning.warmup);
  rate.numbers["floor"] = learning.floor;
  builder.add(library.find(learning.schedule), rate);
  if (learning.accumulate > 1)
    for (const StepTensor &parameter : parameters)
      builder.add(library.find("averaged"),
                  {parameter,
                   parameter.name + ".averaged",
                   {{"Total", totalName(parameter.name)}, {"Mean", gradientName(parameter.name)}},
                   {{"count", static_cast<double>(learning.accumulate)}},
                   {}});
  if (learning.clip > 0)
    addClipping(builder, library, learning, parameters);
  for (const StepTensor &parameter : parameters)
    builder.add(optimizer, {parameter,
                            parameter.name,
                            {{"Grad", learning.clip > 0 ? parameter.name + ".short" : gradientName(parameter.name)},
                             {"W", parameter.name}},
                            learning.optimizerOptions,
                            {{"lr", kRate}}});
  builder.output(kRate);
  return builder.finish();
}

UpdateProgram accumulation(const TrainingLibrary &library, const std::vector<StepTensor> &parameters) {
  UpdateBuilder builder;
  for (const StepTensor &parameter : parameters)
    builder.add(library.find("accumulated"),
                {parameter,
                 parameter.name + ".accumulated",
                 {{"Grad", gradientName(parameter.name)}, {"Total", totalName(parameter.name)}},
                 {},
                 {}});
  return builder.finish();
}

} // namespace tl::driver
