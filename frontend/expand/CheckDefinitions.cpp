// What is wrong with one definition by itself, whether it is called or not.
#include "frontend/expand/Definitions.h"

#include "frontend/ast/DerivativeName.h"
#include "frontend/ast/Walk.h"
#include "frontend/sema/Functions.h"

#include <algorithm>

namespace tl::expand {

using source::DiagnosticId;
using source::SourceRange;

namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

const ast::Head *findHead(const std::vector<ast::Head> &heads, std::string_view name) {
  auto isNamed = [&](const ast::Head &head) { return head.name == name; };
  auto found = std::find_if(heads.begin(), heads.end(), isNamed);
  return found == heads.end() ? nullptr : &*found;
}

bool hasOption(const Definition &definition, std::string_view name) {
  const std::vector<ast::NamedArgument> &options = definition.syntax->options;
  return std::any_of(options.begin(), options.end(),
                     [&](const ast::NamedArgument &option) { return option.name == name; });
}

/// What may stand in a body; null when it may.
const char *refused(const ast::Statement &statement) {
  if (const auto *declaration = std::get_if<ast::TensorDeclaration>(&statement.node))
    return declaration->isParam ? "a parameter to learn" : nullptr;
  if (const auto *literal = std::get_if<ast::Literal>(&statement.node))
    return literal->isParam ? "a parameter to learn" : nullptr;
  if (const auto *fact = std::get_if<ast::Fact>(&statement.node))
    return fact->isProbabilistic() ? "a probabilistic fact" : nullptr;
  if (std::holds_alternative<ast::Query>(statement.node))
    return "a query";
  if (std::holds_alternative<ast::Read>(statement.node) || std::holds_alternative<ast::Write>(statement.node))
    return "a file";
  if (std::holds_alternative<ast::ConstDeclaration>(statement.node))
    return "a constant";
  if (std::holds_alternative<ast::DomainDeclaration>(statement.node))
    return "a domain";
  if (std::holds_alternative<ast::Import>(statement.node))
    return "an import";
  if (std::holds_alternative<ast::External>(statement.node))
    return "an external function";
  if (std::holds_alternative<ast::Learn>(statement.node) ||
      std::holds_alternative<ast::Embed>(statement.node))
    return "learning";
  return nullptr;
}

/// The first variable in an expression, if it has one.
const ast::Expr *firstVariable(const ast::Expr &expr) {
  if (std::holds_alternative<ast::Variable>(expr.node))
    return &expr;
  const ast::Expr *found = nullptr;
  ast::forEachPart(expr, [&](const ast::ExprPtr &part, bool) {
    if (!found)
      found = firstVariable(*part);
  });
  return found;
}

} // namespace

void Definitions::checkSignature(const Definition &definition) {
  const ast::Definition &syntax = *definition.syntax;
  std::set<std::string> names;
  for (const ast::Head &parameter : syntax.parameters)
    checkHead(definition, parameter, names);
  for (const ast::Head &result : syntax.results)
    checkHead(definition, result, names);
  std::set<std::string> options;
  for (const ast::NamedArgument &option : syntax.options) {
    if (!options.insert(option.name).second)
      diagnostics.report(DiagnosticId::DuplicateDeclaration, option.value->range,
                         "the option " + quoted(option.name) + " stands twice");
    const ast::Expr *variable = firstVariable(*option.value);
    const std::string *name = variable ? &std::get<ast::Variable>(variable->node).name : nullptr;
    if (name && (!options.count(*name) || *name == option.name))
      diagnostics
          .report(DiagnosticId::BadDefinition, variable->range,
                  "the default of an option has no index, but " + quoted(*name) + " is one")
          .hint = "a default is made of numbers, constants and the options before it";
  }
}

void Definitions::checkHead(const Definition &definition, const ast::Head &head,
                            std::set<std::string> &names) {
  if (!names.insert(head.name).second)
    diagnostics.report(DiagnosticId::DuplicateDeclaration, head.nameRange,
                       quoted(head.name) + " stands twice among the arguments and results of " +
                           quoted(definition.syntax->name));
  checkIndices(definition, head);
}

void Definitions::checkIndices(const Definition &definition, const ast::Head &head) {
  std::set<std::string> seen;
  for (const ast::Index &index : head.indices) {
    const auto *variable = index.expr ? std::get_if<ast::Variable>(&index.expr->node) : nullptr;
    bool isGroup = index.form == ast::Index::Form::Group;
    bool isPlain = isGroup || (variable && variable->name != "_" && !index.isDotted && !index.isVirtual);
    std::string name = isGroup ? "..." : variable ? variable->name : "";
    if (!isPlain)
      diagnostics
          .report(DiagnosticId::BadDefinition, index.range,
                  "an argument or result of a definition has plain indices")
          .hint = "write a name such as 'i', or '...' for any number of indices";
    else if (!seen.insert(name).second)
      diagnostics.report(DiagnosticId::BadDefinition, index.range,
                         quoted(name) + " stands twice in " + quoted(head.name) +
                             ", its indices need different names");
    else if (hasOption(definition, name))
      diagnostics.report(DiagnosticId::BadDefinition, index.range,
                         quoted(name) + " is both an index and an option of " +
                             quoted(definition.syntax->name));
  }
}

void Definitions::checkBody(const Definition &definition) {
  for (const ast::Statement &statement : definition.syntax->body) {
    if (const char *what = refused(statement)) {
      diagnostics
          .report(DiagnosticId::BadDefinition, statement.range,
                  std::string(what) + " cannot stand in a definition")
          .hint = "a definition holds equations, rules, facts, lists and declarations of its own tensors";
      continue;
    }
    for (const ast::Head *head : headsOf(statement))
      if (const ast::Head *parameter = findHead(definition.syntax->parameters, head->name))
        diagnostics
            .report(DiagnosticId::BadDefinition, head->range,
                    quoted(head->name) + " is an argument of " + quoted(definition.syntax->name) +
                        ", its body cannot define it")
            .labels.push_back({parameter->range, "an argument here"});
    bool isRule = std::holds_alternative<ast::Rule>(statement.node);
    ast::forEachExpression(statement, [&](const ast::ExprPtr &expr) {
      checkNames(definition, *expr, !isRule || !std::holds_alternative<ast::Name>(expr->node));
    });
  }
}

void Definitions::checkResults(const Definition &definition) {
  for (const ast::Head &result : definition.syntax->results)
    if (!definition.locals.count(result.name))
      diagnostics
          .report(DiagnosticId::BadDefinition, result.range,
                  "nothing in the body of " + quoted(definition.syntax->name) + " defines its result " +
                      quoted(result.name))
          .hint = "every result needs an equation, a rule or data";
}

/// Names in index positions and in comparisons may be symbols, all others are tensors or constants.
void Definitions::checkNames(const Definition &definition, const ast::Expr &expr, bool isValue) {
  if (const auto *name = std::get_if<ast::Name>(&expr.node)) {
    if (isValue && !isConstant(definition.module, name->name))
      checkName(definition, name->name, expr.range);
    return;
  }
  if (const auto *access = std::get_if<ast::Access>(&expr.node)) {
    checkName(definition, access->name, access->nameRange);
    checkRank(definition, *access, expr.range);
  }
  if (const auto *reduction = std::get_if<ast::Reduction>(&expr.node))
    for (std::size_t k = 0; k < reduction->indices.size(); ++k)
      if (hasOption(definition, reduction->indices[k].name))
        diagnostics.report(DiagnosticId::BadDefinition, reduction->indexRanges[k],
                           quoted(reduction->indices[k].name) + " is an option here, not an index");
  const auto *call = std::get_if<ast::Call>(&expr.node);
  if (call)
    checkFunction(definition.module, *call);
  bool takesSymbols =
      std::holds_alternative<ast::Comparison>(expr.node) || (call && !sema::findFunction(call->function));
  ast::forEachPart(expr, [&](const ast::ExprPtr &part, bool isIndex) {
    bool isSymbol = (takesSymbols || isIndex) && std::holds_alternative<ast::Name>(part->node);
    checkNames(definition, *part, !isSymbol);
  });
}

void Definitions::checkFunction(std::size_t module, const ast::Call &call) {
  if (!sema::findFunction(call.function) && !find(module, call.function) && !externals.count(call.function))
    sema::reportUnknownFunction(call.function, call.nameRange, names(module), diagnostics);
}

/// An argument is read with as many indices as it is declared with.
void Definitions::checkRank(const Definition &definition, const ast::Access &access, SourceRange range) {
  const ast::Head *parameter = findHead(definition.syntax->parameters, access.name);
  auto isGroup = [](const ast::Index &index) { return index.form == ast::Index::Form::Group; };
  auto groups = [&](const std::vector<ast::Index> &indices) {
    return std::count_if(indices.begin(), indices.end(), isGroup);
  };
  if (!parameter || (parameter->indices.size() == access.indices.size() &&
                     groups(parameter->indices) == groups(access.indices)))
    return;
  diagnostics
      .report(DiagnosticId::ArityClash, range,
              quoted(access.name) + " is read here with other indices than the argument has")
      .labels.push_back({parameter->range, "the argument"});
}

void Definitions::checkName(const Definition &definition, const std::string &name, SourceRange range) {
  if (definition.locals.count(name) || findHead(definition.syntax->parameters, name))
    return;
  if (ast::derivativeNames(name)) {
    diagnostics
        .report(DiagnosticId::NotSupportedYet, range, "a derivative in a definition is not supported yet")
        .hint = "make the loss a result, and derive it where the definition is called";
    return;
  }
  auto &report = diagnostics.report(DiagnosticId::UnknownName, range,
                                    quoted(name) + " is neither an argument of " +
                                        quoted(definition.syntax->name) + " nor defined in it");
  if (auto found = outside[definition.module].find(name); found != outside[definition.module].end())
    report.labels.push_back({found->second, "a definition does not see this"});
  std::vector<std::string> known(definition.locals.begin(), definition.locals.end());
  for (const ast::Head &parameter : definition.syntax->parameters)
    known.push_back(parameter.name);
  std::optional<std::string> near = source::nearest(name, known);
  report.hint =
      near ? "did you mean " + quoted(*near) + "?"
           : "a definition sees its arguments, constants and other definitions only: make it an argument";
}

} // namespace tl::expand
