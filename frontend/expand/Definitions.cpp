// Reading all definitions: scopes, what each one mentions, cycles.
#include "frontend/expand/Definitions.h"

#include "frontend/ast/Walk.h"
#include "frontend/sema/Functions.h"

#include <algorithm>

namespace tl::expand {

using source::DiagnosticId;
using source::SourceRange;

namespace {

constexpr std::string_view kRandom[] = {"uniform", "normal", "bernoulli", "sample"};

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

void noteMentions(Definition &definition, const ast::Expr &expr) {
  if (const auto *variable = std::get_if<ast::Variable>(&expr.node))
    definition.variables.insert(variable->name);
  else if (const auto *name = std::get_if<ast::Name>(&expr.node))
    definition.read.insert(name->name);
  else if (const auto *access = std::get_if<ast::Access>(&expr.node))
    definition.read.insert(access->name);
  else if (const auto *call = std::get_if<ast::Call>(&expr.node))
    definition.calls.insert(call->function);
  else if (const auto *reduction = std::get_if<ast::Reduction>(&expr.node))
    for (const ast::Variable &variable : reduction->indices)
      definition.variables.insert(variable.name);
  ast::forEachPart(expr, [&](const ast::ExprPtr &part, bool) { noteMentions(definition, *part); });
}

void noteHead(Definition &definition, const ast::Head &head) {
  ast::forEachIndexPart(head.indices,
                        [&](const ast::ExprPtr &part, bool) { noteMentions(definition, *part); });
}

} // namespace

bool isRandomFunction(std::string_view name) {
  return std::find(std::begin(kRandom), std::end(kRandom), name) != std::end(kRandom);
}

std::string counted(std::size_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

std::vector<const ast::Head *> headsOf(const ast::Statement &statement) {
  struct Visitor {
    std::vector<const ast::Head *> operator()(const ast::Equation &equation) { return {&equation.head}; }
    std::vector<const ast::Head *> operator()(const ast::Rule &rule) { return {&rule.head}; }
    std::vector<const ast::Head *> operator()(const ast::Literal &literal) { return {&literal.head}; }
    std::vector<const ast::Head *> operator()(const ast::Fact &fact) { return {&fact.head}; }
    std::vector<const ast::Head *> operator()(const ast::Read &read) { return {&read.head}; }
    std::vector<const ast::Head *> operator()(const ast::TensorDeclaration &declaration) {
      return {&declaration.head};
    }
    std::vector<const ast::Head *> operator()(const ast::MultiAssign &assign) {
      std::vector<const ast::Head *> heads;
      for (const ast::Head &head : assign.heads)
        heads.push_back(&head);
      return heads;
    }
    std::vector<const ast::Head *> operator()(const ast::FactBlock &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::Query &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::Write &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::DomainDeclaration &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::ConstDeclaration &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::Import &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::External &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::Learn &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::Embed &) { return {}; }
    std::vector<const ast::Head *> operator()(const ast::Definition &) { return {}; }
  };
  return std::visit(Visitor{}, statement.node);
}

void Definitions::collect() {
  own.resize(modules.size());
  outside.resize(modules.size());
  constants.resize(modules.size());
  for (std::size_t module = 0; module < modules.size(); ++module)
    declare(module);
  visible = own;
  for (std::size_t module = 0; module < modules.size(); ++module)
    import(module);
  for (const std::unique_ptr<Definition> &definition : all) {
    checkSignature(*definition);
    checkBody(*definition);
    checkResults(*definition);
  }
  reportCycles();
  spreadRandomness();
}

void Definitions::declare(std::size_t module) {
  for (const ast::Statement &statement : modules[module].program.statements) {
    for (const ast::Head *head : headsOf(statement))
      outside[module].emplace(head->name, head->range);
    if (const auto *block = std::get_if<ast::FactBlock>(&statement.node))
      outside[module].emplace(block->name, block->firstRange);
    if (const auto *constant = std::get_if<ast::ConstDeclaration>(&statement.node))
      constants[module].insert(constant->name);
    if (const auto *external = std::get_if<ast::External>(&statement.node); external && module == 0)
      externals.insert(external->name);
    const auto *syntax = std::get_if<ast::Definition>(&statement.node);
    if (!syntax)
      continue;
    auto definition = std::make_unique<Definition>();
    definition->syntax = syntax;
    definition->module = module;
    analyse(*definition);
    if (sema::findFunction(syntax->name))
      diagnostics.report(DiagnosticId::DuplicateDeclaration, syntax->nameRange,
                         quoted(syntax->name) +
                             " is a function of the language, a definition needs another name");
    auto [known, isNew] = own[module].emplace(syntax->name, definition.get());
    if (!isNew)
      clash(*known->second, syntax->nameRange, *definition);
    all.push_back(std::move(definition));
  }
}

void Definitions::analyse(Definition &definition) {
  for (const std::vector<ast::Head> *heads : {&definition.syntax->parameters, &definition.syntax->results})
    for (const ast::Head &head : *heads)
      noteHead(definition, head);
  for (const ast::NamedArgument &option : definition.syntax->options)
    noteMentions(definition, *option.value);
  for (const ast::Statement &statement : definition.syntax->body) {
    for (const ast::Head *head : headsOf(statement)) {
      definition.locals.insert(head->name);
      noteHead(definition, *head);
    }
    if (const auto *equation = std::get_if<ast::Equation>(&statement.node))
      if (equation->op != ast::AssignOp::Assign && equation->op != ast::AssignOp::Add)
        definition.combined.emplace(equation->head.name, equation->op);
    ast::forEachExpression(statement, [&](const ast::ExprPtr &expr) { noteMentions(definition, *expr); });
  }
  definition.isRandom = std::any_of(definition.calls.begin(), definition.calls.end(), isRandomFunction);
}

/// Every definition of an imported module becomes visible, not those that it imports itself.
void Definitions::import(std::size_t module) {
  for (const ImportedModule &imported : modules[module].imports)
    for (const auto &[name, definition] : own[imported.module]) {
      auto [known, isNew] = visible[module].emplace(name, definition);
      if (!isNew && known->second != definition)
        clash(*known->second, imported.range, *definition);
    }
}

/// `other`, which is declared or imported at `range`, has the name of `own`.
void Definitions::clash(const Definition &own, SourceRange range, const Definition &other) {
  auto &report = diagnostics.report(DiagnosticId::DuplicateDeclaration, range,
                                    quoted(other.syntax->name) + " is defined twice");
  report.labels.push_back({own.syntax->nameRange, "first defined here"});
  if (other.syntax->nameRange.file != range.file)
    report.labels.push_back({other.syntax->nameRange, "imported from here"});
}

const Definition *Definitions::find(std::size_t module, std::string_view name) const {
  auto found = visible[module].find(name);
  return found == visible[module].end() ? nullptr : found->second;
}

std::vector<std::string> Definitions::names(std::size_t module) const {
  std::vector<std::string> names;
  for (const auto &[name, definition] : visible[module])
    names.push_back(name);
  return names;
}

bool Definitions::isConstant(std::size_t module, std::string_view name) const {
  return constants[module].count(name) > 0;
}

std::vector<Definition *> Definitions::callees(const Definition &definition) const {
  std::vector<Definition *> found;
  for (const std::string &name : definition.calls)
    if (auto callee = visible[definition.module].find(name); callee != visible[definition.module].end())
      found.push_back(callee->second);
  return found;
}

/// Definitions that call nothing unfinished are taken away one after the other; what stays calls itself.
void Definitions::reportCycles() {
  std::map<const Definition *, std::size_t> open;
  std::map<const Definition *, std::vector<const Definition *>> callers;
  std::vector<const Definition *> finished;
  for (const std::unique_ptr<Definition> &definition : all) {
    std::vector<Definition *> called = callees(*definition);
    open[definition.get()] = called.size();
    for (const Definition *callee : called)
      callers[callee].push_back(definition.get());
    if (called.empty())
      finished.push_back(definition.get());
  }
  while (!finished.empty()) {
    const Definition *callee = finished.back();
    finished.pop_back();
    open.erase(callee);
    for (const Definition *caller : callers[callee])
      if (--open[caller] == 0)
        finished.push_back(caller);
  }
  if (open.empty())
    return;
  // From any of them, calls of open definitions lead around a cycle.
  std::vector<const Definition *> path;
  for (const std::unique_ptr<Definition> &definition : all)
    if (open.count(definition.get())) {
      path.push_back(definition.get());
      break;
    }
  std::vector<const Definition *>::iterator first;
  while ((first = std::find(path.begin(), path.end() - 1, path.back())) == path.end() - 1)
    for (const Definition *callee : callees(*path.back()))
      if (open.count(callee)) {
        path.push_back(callee);
        break;
      }
  std::string text = quoted((*first)->syntax->name);
  for (auto step = first + 1; step != path.end(); ++step)
    text += " calls " + quoted((*step)->syntax->name);
  auto &report = diagnostics.report(DiagnosticId::RecursiveDefinition, (*first)->syntax->nameRange,
                                    "a definition cannot call itself: " + text);
  for (auto step = first + 1; step + 1 != path.end(); ++step)
    report.labels.push_back({(*step)->syntax->nameRange, quoted((*step)->syntax->name) + " is here"});
  report.hint = "recursion runs over an index: Out[t+1] = ... Out[t]";
}

void Definitions::spreadRandomness() {
  for (bool progress = true; progress;) {
    progress = false;
    for (const std::unique_ptr<Definition> &definition : all)
      for (const Definition *callee : callees(*definition))
        if (callee->isRandom && !definition->isRandom)
          progress = definition->isRandom = true;
  }
}

} // namespace tl::expand
