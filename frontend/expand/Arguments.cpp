// Reading the indices of an argument.
#include "frontend/expand/Arguments.h"

#include "frontend/ast/Walk.h"

#include <algorithm>
#include <set>

namespace tl::expand {
namespace {

using source::SourceRange;

bool contains(const std::vector<std::string> &names, const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Collects the free variables of an expression; `read` tells it about every access on the way.
class FreeVariables {
public:
  explicit FreeVariables(Argument &argument) : argument(argument) {}

  void add(const ast::Expr &expr) {
    if (const auto *variable = std::get_if<ast::Variable>(&expr.node))
      return addVariable(variable->name, expr.range);
    if (const auto *reduction = std::get_if<ast::Reduction>(&expr.node)) {
      for (const ast::Variable &index : reduction->indices)
        bound.insert(index.name);
      add(*reduction->body);
      for (const ast::Variable &index : reduction->indices)
        bound.erase(bound.find(index.name));
      return;
    }
    if (const auto *access = std::get_if<ast::Access>(&expr.node))
      for (const ast::Index &index : access->indices)
        if (index.form == ast::Index::Form::Slice)
          noteUnnamed(index.range);
    ast::forEachPart(expr, [&](const ast::ExprPtr &part, bool) { add(*part); });
  }

private:
  void addVariable(const std::string &name, SourceRange range) {
    if (name == "_")
      return noteUnnamed(range);
    if (bound.count(name) || contains(argument.variables, name))
      return;
    argument.variables.push_back(name);
    argument.places.push_back(range);
  }
  void noteUnnamed(SourceRange range) {
    argument.unnamed = range;
    argument.hasUnnamed = true;
  }

  Argument &argument;
  std::multiset<std::string> bound;
};

bool isPlain(const ast::Index &index) {
  return index.form == ast::Index::Form::Plain && !index.isDotted &&
         std::holds_alternative<ast::Variable>(index.expr->node);
}

/// The orders in which single reads that have all of `variables` mention them.
void collectOrders(const ast::Expr &expr, const std::vector<std::string> &variables,
                   std::set<std::vector<std::string>> &orders) {
  if (std::holds_alternative<ast::Access>(expr.node)) {
    Argument read;
    FreeVariables(read).add(expr);
    auto isForeign = [&](const std::string &name) { return !contains(variables, name); };
    read.variables.erase(std::remove_if(read.variables.begin(), read.variables.end(), isForeign),
                         read.variables.end());
    if (read.variables.size() == variables.size())
      orders.insert(read.variables);
  }
  ast::forEachPart(expr, [&](const ast::ExprPtr &part, bool) { collectOrders(*part, variables, orders); });
}

/// Several variables have an order when some read has them all and no other such read disagrees.
void findOrder(Argument &argument) {
  argument.isOrdered = argument.variables.size() < 2;
  if (argument.isOrdered)
    return;
  std::set<std::vector<std::string>> orders;
  collectOrders(*argument.expr, argument.variables, orders);
  if (orders.size() != 1)
    return;
  argument.isOrdered = true;
  std::vector<SourceRange> places;
  for (const std::string &name : *orders.begin()) {
    auto found = std::find(argument.variables.begin(), argument.variables.end(), name);
    places.push_back(argument.places[static_cast<std::size_t>(found - argument.variables.begin())]);
  }
  argument.variables = *orders.begin();
  argument.places = std::move(places);
}

bool isValue(const ast::Expr &expr) {
  if (const auto *negation = std::get_if<ast::Negation>(&expr.node))
    return std::holds_alternative<ast::Number>(negation->operand->node);
  return std::holds_alternative<ast::Number>(expr.node) || std::holds_alternative<ast::Text>(expr.node) ||
         std::holds_alternative<ast::Name>(expr.node);
}

} // namespace

Argument readArgument(const ast::Expr &expr, const ast::Head &parameter) {
  Argument argument;
  argument.expr = &expr;
  FreeVariables(argument).add(expr);
  if (parameter.indices.empty() && isValue(expr)) {
    argument.form = Argument::Form::Value;
  } else if (std::holds_alternative<ast::Name>(expr.node)) {
    argument.form = Argument::Form::Whole;
  } else if (const auto *access = std::get_if<ast::Access>(&expr.node)) {
    bool arePlain = std::all_of(access->indices.begin(), access->indices.end(), isPlain);
    if (arePlain && access->indices.size() == argument.variables.size())
      argument.form = Argument::Form::Direct;
  }
  findOrder(argument);
  return argument;
}

bool isSimpleValue(const ast::Expr &expr) {
  if (std::holds_alternative<ast::Access>(expr.node) || std::holds_alternative<ast::Reduction>(expr.node) ||
      std::holds_alternative<ast::Variable>(expr.node))
    return false;
  bool isSimple = true;
  ast::forEachPart(expr,
                   [&](const ast::ExprPtr &part, bool) { isSimple = isSimple && isSimpleValue(*part); });
  return isSimple;
}

} // namespace tl::expand
