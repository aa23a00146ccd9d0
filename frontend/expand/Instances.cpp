// One expansion: fresh names, arguments and options bound, the body copied.
#include "frontend/expand/Instances.h"

#include "frontend/ast/Printer.h"
#include "frontend/ast/Walk.h"

#include <algorithm>

namespace tl::expand {

using ast::ExprPtr;
using source::SourceRange;

namespace {

ExprPtr makeExpr(SourceRange range, decltype(ast::Expr::node) node) {
  return std::make_unique<ast::Expr>(ast::Expr{range, std::move(node)});
}

ast::Index indexAt(const std::string &variable, SourceRange range) {
  ast::Index index;
  index.range = range;
  index.expr = makeExpr(range, ast::Variable{variable});
  return index;
}

bool callsRandom(const ast::Expr &expr) {
  const auto *call = std::get_if<ast::Call>(&expr.node);
  bool isRandom = call && isRandomFunction(call->function);
  ast::forEachPart(expr, [&](const ExprPtr &part, bool) { isRandom = isRandom || callsRandom(*part); });
  return isRandom;
}

/// Names of the caller's variables that do not depend on how the caller calls them. They hold a character
/// that no name of a program has.
class CanonicalNames {
public:
  std::string name(const std::string &variable) {
    auto [known, isNew] = numbers.emplace(variable, numbers.size());
    return "#" + std::to_string(known->second);
  }
  void rename(ast::Expr &expr) {
    if (auto *variable = std::get_if<ast::Variable>(&expr.node))
      if (auto known = numbers.find(variable->name); known != numbers.end())
        variable->name = name(variable->name);
    ast::forEachPart(expr, [&](ExprPtr &part, bool) { rename(*part); });
  }

private:
  std::map<std::string, std::size_t> numbers;
};

} // namespace

/// Calls with one key have expansions that differ in names only.
std::string Instances::key(const FittingCall &call) const {
  CanonicalNames names;
  std::string key = std::to_string(call.definition.module) + " " + call.definition.syntax->name;
  for (const Argument &argument : call.matching.arguments) {
    for (const std::string &variable : argument.variables)
      names.name(variable);
    ExprPtr renamed = copy(*argument.expr);
    names.rename(*renamed);
    key += "|" + ast::print(*renamed);
  }
  for (const ast::NamedArgument &option : call.call.named)
    key += "|" + option.name + "=" + ast::print(*option.value);
  for (const auto &[index, variable] : call.matching.variables)
    key += "|" + index + ":" + names.name(variable);
  for (const std::string &variable : call.matching.group)
    key += "|" + names.name(variable);
  return key;
}

/// `scores`, then `scores#2`: no program can have these names.
std::string Instances::prefix(const Definition &definition) {
  std::size_t count = ++counts[definition.syntax->name];
  return definition.syntax->name + (count == 1 ? "" : "#" + std::to_string(count)) + ".";
}

void Instances::emit(ast::Statement statement, std::size_t module) {
  statements.push_back({std::move(statement), module});
}

/// Whether other calls may have the same expansion: not when it draws random numbers, nor when its result is
/// a tensor of the caller, of which the program may say more than the definition does.
bool Instances::isShared(const FittingCall &call) {
  auto isRandom = [](const Argument &argument) { return callsRandom(*argument.expr); };
  auto isRandomOption = [](const ast::NamedArgument &option) { return callsRandom(*option.value); };
  const std::vector<Argument> &arguments = call.matching.arguments;
  const std::vector<ast::NamedArgument> &options = call.call.named;
  return call.result.empty() && !call.definition.isRandom &&
         std::none_of(arguments.begin(), arguments.end(), isRandom) &&
         std::none_of(options.begin(), options.end(), isRandomOption);
}

std::vector<std::string> Instances::results(const FittingCall &call) {
  if (!isShared(call))
    return expand(call);
  auto [found, isNew] = known.emplace(key(call), std::vector<std::string>());
  if (isNew)
    found->second = expand(call);
  return found->second;
}

std::vector<std::string> Instances::expand(const FittingCall &call) {
  const ast::Definition &syntax = *call.definition.syntax;
  std::vector<std::string> results;
  std::string prefix = this->prefix(call.definition);
  Substitution substitution;
  substitution.file = sources.addExpansion(syntax.nameRange.file, {syntax.name, call.range});
  bindConstants(call.definition.module, substitution);
  for (const std::string &local : call.definition.locals)
    substitution.tensors[local] = prefix + local;
  for (const ast::Head &result : syntax.results) {
    if (!call.result.empty())
      substitution.tensors[result.name] = call.result;
    results.push_back(substitution.tensors[result.name]);
  }
  bindGroup(call, substitution);
  bindOptions(call, prefix, substitution);
  for (std::size_t k = 0; k < syntax.parameters.size(); ++k)
    bindArgument(call, k, prefix, substitution);
  Copier copier(substitution);
  for (const ast::Statement &statement : syntax.body)
    emit(copier.statement(statement), call.definition.module);
  return results;
}

/// Constants of the program keep their names, those of a module come along under the module's name.
void Instances::bindConstants(std::size_t module, Substitution &substitution) {
  if (module == 0)
    return;
  const Module &home = modules[module];
  Substitution constants;
  constants.file = home.program.file;
  for (const ast::Statement &statement : home.program.statements)
    if (const auto *constant = std::get_if<ast::ConstDeclaration>(&statement.node))
      constants.tensors[constant->name] = home.name + "." + constant->name;
  substitution.tensors = constants.tensors;
  if (!withConstants.insert(module).second)
    return;
  Copier copier(constants);
  for (const ast::Statement &statement : home.program.statements)
    if (const auto *constant = std::get_if<ast::ConstDeclaration>(&statement.node))
      emit({statement.range, ast::ConstDeclaration{constants.tensors[constant->name], constant->nameRange,
                                                   copier.expr(*constant->value)}},
           module);
}

/// The variables at `...` keep their names where the definition has no variable of that name.
void Instances::bindGroup(const FittingCall &call, Substitution &substitution) const {
  std::map<std::string, std::string> names;
  std::set<std::string> taken = call.definition.variables;
  for (const std::string &variable : call.matching.group) {
    std::string name = variable;
    while (!taken.insert(name).second)
      name += "'";
    names[variable] = name;
    substitution.group.push_back(name);
  }
  const std::vector<ast::Head> &parameters = call.definition.syntax->parameters;
  for (std::size_t k = 0; k < parameters.size(); ++k)
    for (const std::string &variable : call.matching.groups[k])
      substitution.groups[parameters[k].name].push_back(names[variable]);
}

void Instances::bindOptions(const FittingCall &call, const std::string &prefix, Substitution &substitution) {
  for (const ast::NamedArgument &option : call.definition.syntax->options) {
    auto isThis = [&](const ast::NamedArgument &given) { return given.name == option.name; };
    auto given = std::find_if(call.call.named.begin(), call.call.named.end(), isThis);
    if (given == call.call.named.end()) {
      substitution.values[option.name] = Copier(substitution).expr(*option.value);
      continue;
    }
    SourceRange range = given->value->range;
    if (isSimpleValue(*given->value)) {
      substitution.values[option.name] = copy(*given->value);
      continue;
    }
    std::string name = prefix + option.name;
    ast::Head head{range, range, name, ast::Head::Form::Bare, {}};
    emit({range, ast::Equation{std::move(head), ast::AssignOp::Assign, copy(*given->value), {}}},
         call.definition.module);
    substitution.values[option.name] = makeExpr(range, ast::Name{name});
  }
}

void Instances::bindArgument(const FittingCall &call, std::size_t k, const std::string &prefix,
                             Substitution &substitution) {
  const Argument &argument = call.matching.arguments[k];
  const std::string &parameter = call.definition.syntax->parameters[k].name;
  switch (argument.form) {
  case Argument::Form::Value:
    substitution.values[parameter] = copy(*argument.expr);
    return;
  case Argument::Form::Whole:
    substitution.tensors[parameter] = std::get<ast::Name>(argument.expr->node).name;
    return;
  case Argument::Form::Direct: {
    const auto &access = std::get<ast::Access>(argument.expr->node);
    substitution.tensors[parameter] = access.name;
    for (std::size_t position = 0; position < access.indices.size(); ++position)
      if (access.indices[position].isVirtual)
        substitution.states[parameter] = position;
    return;
  }
  case Argument::Form::Computed:
    substitution.tensors[parameter] = prefix + parameter;
    compute(call, k, prefix + parameter);
    return;
  }
}

/// The argument as a tensor of its own, with the parameter's indices in the caller's variables.
void Instances::compute(const FittingCall &call, std::size_t k, const std::string &name) {
  const ast::Expr &expr = *call.matching.arguments[k].expr;
  const ast::Head &parameter = call.definition.syntax->parameters[k];
  ast::Head head{expr.range, expr.range, name, parameter.form, {}};
  for (const ast::Index &index : parameter.indices) {
    if (index.form == ast::Index::Form::Group)
      for (const std::string &variable : call.matching.groups[k])
        head.indices.push_back(indexAt(variable, expr.range));
    else
      head.indices.push_back(
          indexAt(call.matching.variables.at(std::get<ast::Variable>(index.expr->node).name), expr.range));
  }
  if (head.indices.empty())
    head.form = ast::Head::Form::Bare;
  ExprPtr value = copy(expr);
  std::size_t home = 0; // every call in it is expanded already
  if (parameter.form != ast::Head::Form::Parentheses)
    return emit({expr.range, ast::Equation{std::move(head), ast::AssignOp::Assign, std::move(value), {}}},
                home);
  ast::Rule rule{std::move(head), {}};
  rule.body.push_back(std::move(value));
  emit({expr.range, std::move(rule)}, home);
}

} // namespace tl::expand
