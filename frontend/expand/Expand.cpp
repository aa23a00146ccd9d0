// Calls out of statements: each becomes a read of the tensors that its expansion defines.
#include "frontend/expand/Expand.h"

#include "frontend/ast/Walk.h"
#include "frontend/expand/Instances.h"

#include <algorithm>

namespace tl::expand {
namespace {

using ast::ExprPtr;
using source::DiagnosticId;
using source::SourceRange;
using Heads = std::vector<const ast::Head *>;

/// The most equations that definitions may expand to.
constexpr std::size_t kMostStatements = 100'000, kMostStatementsTried = 2'000;

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::string resultsOf(const ast::Definition &definition) {
  return quoted(definition.name) + " has " + counted(definition.results.size(), "result", "results");
}

class Expander {
public:
  Expander(std::vector<Module> modules, source::SourceManager &sources, source::DiagnosticEngine &diagnostics,
           std::size_t mostStatements)
      : modules(std::move(modules)), diagnostics(diagnostics), definitions(this->modules, diagnostics),
        instances(this->modules, sources), mostStatements(mostStatements) {}

  std::optional<ast::Program> run() {
    definitions.collect();
    if (diagnostics.hasErrors())
      return std::nullopt;
    ast::Program &program = modules[0].program;
    out.file = program.file;
    countDefinitions();
    for (ast::Statement &statement : program.statements) {
      // Definitions and constants are read until the end, so they stay where they are.
      if (std::holds_alternative<ast::Definition>(statement.node) ||
          std::holds_alternative<ast::Import>(statement.node))
        continue;
      bool isConstant = std::holds_alternative<ast::ConstDeclaration>(statement.node);
      expand(isConstant ? copyOfConstant(statement) : std::move(statement), 0);
      if (!drain())
        return std::nullopt;
    }
    if (diagnostics.hasErrors())
      return std::nullopt;
    return std::move(out);
  }

private:
  static ast::Statement copyOfConstant(const ast::Statement &statement) {
    const auto &constant = std::get<ast::ConstDeclaration>(statement.node);
    return {statement.range, ast::ConstDeclaration{constant.name, constant.nameRange, copy(*constant.value)}};
  }

  /// A result may be the caller's own tensor only when nothing else defines that.
  void countDefinitions() {
    for (const ast::Statement &statement : modules[0].program.statements) {
      if (const auto *block = std::get_if<ast::FactBlock>(&statement.node))
        ++definers[block->name];
      note(statement);
    }
  }

  void note(const ast::Statement &statement) {
    if (!std::holds_alternative<ast::TensorDeclaration>(statement.node))
      for (const ast::Head *head : headsOf(statement))
        ++definers[head->name];
  }

  /// Expands what expansions made, until they call nothing any more.
  bool drain() {
    for (const Expanded &made : instances.statements)
      note(made.statement);
    while (!instances.statements.empty()) {
      if (diagnostics.hasErrors()) {
        instances.statements.clear();
        return true;
      }
      Expanded next = std::move(instances.statements.front());
      instances.statements.pop_front();
      std::size_t waiting = instances.statements.size();
      SourceRange range = next.statement.range;
      expand(std::move(next.statement), next.module);
      for (std::size_t k = waiting; k < instances.statements.size(); ++k)
        note(instances.statements[k].statement);
      if (instances.statements.size() + out.statements.size() >
          mostStatements + modules[0].program.statements.size()) {
        diagnostics
            .report(DiagnosticId::TooManyCalls, range,
                    "definitions that call definitions expand to more than " +
                        std::to_string(mostStatements) + " equations")
            .hint = "give what is called twice with the same arguments a name";
        return false;
      }
    }
    return true;
  }

  void expand(ast::Statement statement, std::size_t module) {
    if (auto *equation = std::get_if<ast::Equation>(&statement.node)) {
      if (expandEquation(*equation, module))
        return;
    } else if (auto *rule = std::get_if<ast::Rule>(&statement.node)) {
      expandRule(*rule, module);
    } else if (auto *assign = std::get_if<ast::MultiAssign>(&statement.node)) {
      if (expandAssign(*assign, statement.range, module))
        return;
    } else if (auto *query = std::get_if<ast::Query>(&statement.node)) {
      refuseCalls(query->head, module);
    } else if (auto *write = std::get_if<ast::Write>(&statement.node)) {
      refuseCalls(write->source, module);
    }
    out.statements.push_back(std::move(statement));
  }

  void refuseCalls(const ast::Head &head, std::size_t module) {
    ast::forEachIndexPart(head.indices, [&](const ExprPtr &part, bool) { refuseCalls(*part, module); });
  }

  void refuseCalls(const ast::Expr &expr, std::size_t module) {
    if (const auto *call = std::get_if<ast::Call>(&expr.node);
        call && definitions.find(module, call->function))
      diagnostics.report(DiagnosticId::BadDefinition, call->nameRange,
                         "a definition is called in equations and rules only");
    ast::forEachPart(expr, [&](const ExprPtr &part, bool) { refuseCalls(*part, module); });
  }

  /// True when the statement is used up: its tensor is the result itself.
  bool expandEquation(ast::Equation &equation, std::size_t module) {
    ast::forEachIndexPart(equation.head.indices, [&](ExprPtr &part, bool) { expandCalls(part, module); });
    for (ExprPtr &guard : equation.guards)
      expandCalls(guard, module);
    auto *call = std::get_if<ast::Call>(&equation.value->node);
    const Definition *definition = call ? definitions.find(module, call->function) : nullptr;
    if (!definition) {
      expandCalls(equation.value, module);
      return false;
    }
    std::optional<Matching> matching =
        fit(*definition, *call, {&equation.head}, equation.value->range, module);
    if (!matching)
      return false;
    bool isItself = isResult(equation, *definition, *matching);
    std::string result = instances.results(
        {*definition, *call, *matching, equation.value->range, isItself ? equation.head.name : ""})[0];
    if (isItself)
      return true;
    bool isCopy = equation.head.form == ast::Head::Form::Bare;
    equation.value = read(*definition, 0, result, *matching, equation.value->range, isCopy);
    return false;
  }

  static bool isAverage(ast::AssignOp op) { return op == ast::AssignOp::Average; }

  /// Whether the left side is the whole result, written index by index, and nothing else tells them apart.
  bool isResult(const ast::Equation &equation, const Definition &definition, const Matching &matching) {
    const ast::Head &result = definition.syntax->results[0], &head = equation.head;
    auto combined = definition.combined.find(result.name);
    bool isAdded = equation.op == ast::AssignOp::Assign || equation.op == ast::AssignOp::Add;
    bool isSameOperator = combined == definition.combined.end()
                              ? isAdded
                              : combined->second == equation.op && !isAverage(equation.op);
    if (!isSameOperator || !equation.guards.empty() || definers[head.name] != 1 || result.form != head.form ||
        definition.read.count(result.name))
      return false;
    std::optional<std::vector<std::string>> wanted = variablesOf(result, matching);
    if (!wanted || wanted->size() != head.indices.size())
      return false;
    std::set<std::string> seen;
    for (std::size_t k = 0; k < head.indices.size(); ++k) {
      const ast::Index &index = head.indices[k];
      const auto *variable = index.expr ? std::get_if<ast::Variable>(&index.expr->node) : nullptr;
      if (!variable || index.isDotted || index.isVirtual || variable->name != (*wanted)[k] ||
          !seen.insert(variable->name).second)
        return false;
    }
    return true;
  }

  void expandRule(ast::Rule &rule, std::size_t module) {
    ast::forEachIndexPart(rule.head.indices, [&](ExprPtr &part, bool) { expandCalls(part, module); });
    if (rule.body.size() == 1)
      return expandCalls(rule.body[0], module, {&rule.head});
    for (ExprPtr &literal : rule.body)
      expandCalls(literal, module);
  }

  /// True when the statement became one equation per result. Functions of the language stay.
  bool expandAssign(ast::MultiAssign &assign, SourceRange range, std::size_t module) {
    auto *call = std::get_if<ast::Call>(&assign.value->node);
    const Definition *definition = call ? definitions.find(module, call->function) : nullptr;
    if (!definition) {
      expandCalls(assign.value, module);
      return false;
    }
    if (assign.heads.size() != definition->syntax->results.size()) {
      diagnostics
          .report(DiagnosticId::ArgumentCount, range,
                  resultsOf(*definition->syntax) + " but " + std::to_string(assign.heads.size()) +
                      " are taken here")
          .labels.push_back({definition->syntax->nameRange, "defined here"});
      return true;
    }
    Heads lefts;
    for (const ast::Head &head : assign.heads)
      lefts.push_back(&head);
    std::optional<Matching> matching =
        fit(*definition, *call, lefts, assign.value->range, module, lefts.size());
    if (!matching)
      return true;
    std::vector<std::string> results =
        instances.results({*definition, *call, *matching, assign.value->range, ""});
    for (std::size_t k = 0; k < results.size(); ++k) {
      bool isCopy = assign.heads[k].form == ast::Head::Form::Bare;
      ExprPtr value = read(*definition, k, results[k], *matching, assign.value->range, isCopy);
      out.statements.push_back(
          {range, ast::Equation{std::move(assign.heads[k]), ast::AssignOp::Assign, std::move(value), {}}});
    }
    return true;
  }

  /// Calls inside out; `lefts` is the left side when the call is all of the right side.
  void expandCalls(ExprPtr &expr, std::size_t module, const Heads &lefts = {}) {
    auto *call = std::get_if<ast::Call>(&expr->node);
    const Definition *definition = call ? definitions.find(module, call->function) : nullptr;
    if (!definition) {
      if (call)
        definitions.checkFunction(module, *call);
      return ast::forEachPart(*expr, [&](ExprPtr &part, bool) { expandCalls(part, module); });
    }
    std::optional<Matching> matching = fit(*definition, *call, lefts, expr->range, module);
    if (!matching)
      return;
    std::string result = instances.results({*definition, *call, *matching, expr->range, ""})[0];
    expr = read(*definition, 0, result, *matching, expr->range, false);
  }

  /// Expands the calls in the arguments, then matches; nothing when the call is wrong.
  std::optional<Matching> fit(const Definition &definition, ast::Call &call, const Heads &lefts,
                              SourceRange range, std::size_t module, std::size_t taken = 1) {
    std::size_t before = diagnostics.all().size();
    for (ExprPtr &argument : call.arguments)
      expandCalls(argument, module);
    for (ast::NamedArgument &option : call.named)
      expandCalls(option.value, module);
    if (!checkCounts(*definition.syntax, call, range, taken) || !checkOptions(*definition.syntax, call) ||
        diagnostics.all().size() > before)
      return std::nullopt;
    return match(definition, call, lefts, diagnostics);
  }

  bool checkCounts(const ast::Definition &definition, const ast::Call &call, SourceRange range,
                   std::size_t taken) {
    std::string message, hint;
    if (call.arguments.size() != definition.parameters.size()) {
      message = quoted(definition.name) + " takes " +
                counted(definition.parameters.size(), "argument", "arguments") + ", not " +
                std::to_string(call.arguments.size());
    } else if (definition.results.size() != taken) {
      message = resultsOf(definition) + " but one is taken here";
      hint = "take them all, as in (A[i], B[i]) = " + definition.name + "(...)";
    }
    if (message.empty())
      return true;
    auto &report = diagnostics.report(DiagnosticId::ArgumentCount, range, std::move(message));
    report.labels.push_back({definition.nameRange, "defined here"});
    report.hint = hint;
    return false;
  }

  bool checkOptions(const ast::Definition &definition, const ast::Call &call) {
    std::set<std::string> given;
    for (const ast::NamedArgument &option : call.named) {
      auto isThis = [&](const ast::NamedArgument &known) { return known.name == option.name; };
      bool isKnown = std::any_of(definition.options.begin(), definition.options.end(), isThis);
      Argument value = readArgument(*option.value, {});
      if (isKnown && value.variables.empty() && !value.hasUnnamed && given.insert(option.name).second)
        continue;
      std::string problem = !isKnown ? quoted(definition.name) + " has no option " + quoted(option.name)
                            : given.count(option.name)
                                ? "the option " + quoted(option.name) + " is given twice"
                                : "an option is one number, but this has an index";
      auto &report = diagnostics.report(DiagnosticId::ArgumentCount, option.value->range, std::move(problem));
      report.labels.push_back({definition.nameRange, "defined here"});
      std::vector<std::string> names;
      for (const ast::NamedArgument &known : definition.options)
        names.push_back(known.name);
      if (std::optional<std::string> near = source::nearest(option.name, names); near && !isKnown)
        report.hint = "did you mean " + quoted(*near) + "?";
      return false;
    }
    return true;
  }

  /// The caller's variables at the indices of a result; none when an index is nobody's.
  static std::optional<std::vector<std::string>> variablesOf(const ast::Head &result,
                                                             const Matching &matching) {
    std::vector<std::string> variables;
    for (const ast::Index &index : result.indices) {
      if (index.form == ast::Index::Form::Group) {
        variables.insert(variables.end(), matching.group.begin(), matching.group.end());
        continue;
      }
      auto found = matching.variables.find(std::get<ast::Variable>(index.expr->node).name);
      if (found == matching.variables.end())
        return std::nullopt;
      variables.push_back(found->second);
    }
    return variables;
  }

  /// The call as a read of its result. A left side without indices copies a result that no argument gives
  /// any.
  ExprPtr read(const Definition &definition, std::size_t k, const std::string &name, const Matching &matching,
               SourceRange range, bool isCopy) {
    const ast::Head &result = definition.syntax->results[k];
    std::optional<std::vector<std::string>> variables = variablesOf(result, matching);
    auto make = [&](decltype(ast::Expr::node) node) {
      return std::make_unique<ast::Expr>(ast::Expr{range, std::move(node)});
    };
    bool isBare = variables && variables->empty() && result.form != ast::Head::Form::Parentheses;
    if (isBare || (isCopy && !variables && matching.variables.empty() && matching.group.empty()))
      return make(ast::Name{name});
    if (!variables) {
      reportUnknownIndex(*definition.syntax, result, matching, range);
      return make(ast::Number{0, 0, true});
    }
    ast::Access access{name, range, result.form == ast::Head::Form::Parentheses, {}};
    for (const std::string &variable : *variables) {
      access.indices.emplace_back();
      access.indices.back().range = range;
      access.indices.back().expr = make(ast::Variable{variable});
    }
    return make(std::move(access));
  }

  void reportUnknownIndex(const ast::Definition &definition, const ast::Head &result,
                          const Matching &matching, SourceRange range) {
    for (const ast::Index &index : result.indices) {
      if (index.form == ast::Index::Form::Group)
        continue;
      const std::string &name = std::get<ast::Variable>(index.expr->node).name;
      if (matching.variables.count(name))
        continue;
      auto &report = diagnostics.report(DiagnosticId::IndexMismatch, range,
                                        "no argument says what index " + quoted(name) + " of the result of " +
                                            quoted(definition.name) + " is");
      report.labels.push_back({index.range, "this index"});
      report.hint =
          "write the call alone on the right of an equation with one left index for each index of the result";
      return;
    }
  }

  std::vector<Module> modules;
  source::DiagnosticEngine &diagnostics;
  Definitions definitions;
  Instances instances;
  std::size_t mostStatements;
  std::map<std::string, std::size_t>
      definers; ///< statements that define a tensor, by its name in the program
  ast::Program out;
};

} // namespace

std::optional<ast::Program> expand(std::vector<Module> modules, source::SourceManager &sources,
                                   source::DiagnosticEngine &diagnostics, bool isTrial) {
  return Expander(std::move(modules), sources, diagnostics, isTrial ? kMostStatementsTried : kMostStatements)
      .run();
}

} // namespace tl::expand
