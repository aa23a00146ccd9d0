// Variables that join nothing.
#include "frontend/sema/Warnings.h"

#include "frontend/ast/Walk.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace tl::sema {
namespace {

using source::DiagnosticId;

struct Occurrence {
  source::SourceRange range;
  bool isInLiteral = false; ///< a position of an atom among the conditions
};

/// Every occurrence of every variable of one statement.
class Occurrences {
public:
  void add(const ast::Expr &expr, bool isInLiteral) {
    if (const auto *variable = std::get_if<ast::Variable>(&expr.node))
      of[variable->name].push_back({expr.range, isInLiteral});
    if (const auto *reduction = std::get_if<ast::Reduction>(&expr.node))
      for (std::size_t index = 0; index < reduction->indices.size(); ++index)
        of[reduction->indices[index].name].push_back({reduction->indexRanges[index], false});
    ast::forEachPart(expr, [&](const ast::ExprPtr &part, bool) { add(*part, isInLiteral); });
  }
  void add(const ast::Head &head) {
    ast::forEachIndexPart(head.indices, [&](const ast::ExprPtr &part, bool) { add(*part, false); });
  }
  void addCondition(const ast::Expr &condition) {
    add(condition, std::holds_alternative<ast::Access>(condition.node));
  }
  const std::map<std::string, std::vector<Occurrence>> &all() const { return of; }

private:
  std::map<std::string, std::vector<Occurrence>> of;
};

Occurrences occurrencesIn(const ast::Statement &statement) {
  Occurrences occurrences;
  if (const auto *rule = std::get_if<ast::Rule>(&statement.node)) {
    occurrences.add(rule->head);
    for (const ast::ExprPtr &condition : rule->body)
      occurrences.addCondition(*condition);
  } else if (const auto *equation = std::get_if<ast::Equation>(&statement.node)) {
    occurrences.add(equation->head);
    occurrences.add(*equation->value, false);
    for (const ast::ExprPtr &guard : equation->guards)
      occurrences.addCondition(*guard);
  }
  return occurrences;
}

std::string capitalised(std::string name) {
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

/// Whether some fact of the program has the symbol.
bool isSymbol(const ast::Program &program, std::string_view text) {
  for (const ast::Statement &statement : program.statements) {
    if (const auto *block = std::get_if<ast::FactBlock>(&statement.node))
      for (const ast::FactCell &cell : block->cells)
        if (!cell.isInteger() && cell.text() == text)
          return true;
    if (const auto *domain = std::get_if<ast::DomainDeclaration>(&statement.node))
      if (std::find(domain->symbols.begin(), domain->symbols.end(), text) != domain->symbols.end())
        return true;
  }
  return false;
}

} // namespace

void warnAboutVariables(const ast::Program &program, source::DiagnosticEngine &diagnostics) {
  std::map<std::string, bool> symbols;
  for (const ast::Statement &statement : program.statements) {
    Occurrences occurrences = occurrencesIn(statement);
    for (const auto &[name, places] : occurrences.all()) {
      bool isWord =
          std::count_if(name.begin(), name.end(), [](unsigned char c) { return std::isalpha(c); }) > 1;
      if (!isWord || places.size() != 1 || !places[0].isInLiteral)
        continue;
      std::string symbol = capitalised(name);
      auto [known, isNew] = symbols.emplace(symbol, false);
      if (isNew)
        known->second = isSymbol(program, symbol);
      auto &report = diagnostics.report(DiagnosticId::UnjoinedVariable, places[0].range,
                                        "variable '" + name + "' joins nothing here: it matches anything");
      std::string replacement = known->second ? symbol : "_";
      report.fix = source::Fix{places[0].range, replacement,
                               known->second ? "a symbol starts upper-case: write '" + symbol + "'"
                                             : "write '_' for anything"};
      report.fix->isCertain = !known->second;
    }
  }
}

} // namespace tl::sema
