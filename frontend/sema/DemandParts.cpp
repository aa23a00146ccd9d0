// Rules as data: putting them together and telling how they recur.
#include "frontend/sema/Build.h"
#include "frontend/sema/Clone.h"
#include "frontend/sema/DemandRules.h"
#include "frontend/sema/Reads.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

Equation emptyRule(const Equation &like, TensorId tensor) {
  Equation rule;
  rule.range = like.range;
  rule.tensor = tensor;
  rule.monoid = Monoid::Or;
  rule.variables = like.variables;
  rule.terms.emplace_back();
  return rule;
}

Guard positiveLiteral(TensorId tensor, std::vector<IndexExpr> indices, SourceRange range) {
  Guard guard;
  guard.kind = Guard::Kind::Positive;
  guard.range = range;
  guard.expr = makeExpr(Expr::Kind::Literal, range);
  guard.expr->type = ValueType::Bool;
  guard.expr->tensor = tensor;
  guard.expr->indices = std::move(indices);
  return guard;
}

IndexExpr variableIndex(VariableId variable, SourceRange range) {
  IndexExpr index;
  index.range = range;
  index.terms = {{variable, 1}};
  return index;
}

std::vector<IndexExpr> boundPositions(const std::vector<IndexExpr> &indices, Adornment bound) {
  std::vector<IndexExpr> chosen;
  for (std::size_t position = 0; position < indices.size(); ++position)
    if (bound >> position & 1)
      chosen.push_back(clone(indices[position]));
  return chosen;
}

std::string adornmentText(Adornment bound, std::size_t arity) {
  std::string text;
  for (std::size_t position = 0; position < arity; ++position)
    text += bound >> position & 1 ? 'b' : 'f';
  return text;
}

void settleRule(Equation &rule) {
  std::set<VariableId> left, projected;
  for (const IndexExpr &index : rule.head)
    addVariables(index, left);
  for (const Guard &guard : rule.guards)
    for (VariableId id : freeVariables(guard)) {
      bool isPrivate = guard.kind == Guard::Kind::Negative && rule.variables[id].name == "_";
      if (!left.count(id) && !isPrivate)
        projected.insert(id);
    }
  for (Term &term : rule.terms)
    term.projected.assign(projected.begin(), projected.end());
  for (VariableId id = 0; id < rule.variables.size(); ++id) {
    rule.variables[id].isOnLeft = left.count(id) != 0;
    rule.variables[id].isGenerated = false;
  }
  forEachGuard(rule.guards, [&](const Guard &guard) {
    if (guard.kind == Guard::Kind::Bind)
      rule.variables[guard.variable].isGenerated = true;
    if (guard.kind == Guard::Kind::Positive)
      for (const IndexExpr &index : guard.expr->indices)
        if (std::optional<VariableId> variable = index.plainVariable())
          rule.variables[*variable].isGenerated = true;
  });
  dropUnusedVariables(rule);
  collectReads(rule);
}

namespace {

/// How often each variable occurs in the guards.
std::map<VariableId, std::size_t> occurrences(const Equation &rule) {
  std::map<VariableId, std::size_t> count;
  auto add = [&](const IndexExpr &index) {
    for (const AffineTerm &term : index.terms)
      ++count[term.variable];
  };
  forEachGuard(rule.guards, [&](const Guard &guard) {
    if (guard.kind != Guard::Kind::Bind)
      return;
    ++count[guard.variable];
    add(guard.binding);
    if (guard.binding.value)
      for (VariableId id : freeVariables(*guard.binding.value))
        ++count[id];
  });
  for (const Guard &guard : rule.guards)
    walkGuard(guard, [&](const Expr &expr) { forEachIndex(expr, add); });
  return count;
}

/// Whether the literal hands the head's variables at `positions` on, and nothing else mentions them.
bool handsOn(const Equation &rule, const Expr &literal, Adornment positions,
             const std::map<VariableId, std::size_t> &occurrences) {
  for (std::size_t position = 0; position < rule.head.size(); ++position) {
    if (!(positions >> position & 1))
      continue;
    std::optional<VariableId> variable = rule.head[position].plainVariable();
    if (!variable || literal.indices[position].plainVariable() != variable || occurrences.at(*variable) != 1)
      return false;
  }
  return true;
}

bool hasDistinctVariables(const Equation &rule) {
  std::set<VariableId> seen;
  return std::all_of(rule.head.begin(), rule.head.end(), [&](const IndexExpr &index) {
    std::optional<VariableId> variable = index.plainVariable();
    return variable && seen.insert(*variable).second;
  });
}

} // namespace

RuleForm formOf(const Equation &rule, const std::set<TensorId> &cycle, Adornment bound) {
  std::vector<std::size_t> calls;
  for (std::size_t position = 0; position < rule.guards.size(); ++position) {
    const Guard &guard = rule.guards[position];
    if (guard.kind == Guard::Kind::Positive && guard.expr->tensor == rule.tensor)
      calls.push_back(position);
  }
  std::size_t reads = 0;
  walkEquation(rule, [&](const Expr &expr) {
    bool isRead =
        expr.kind == Expr::Kind::Literal || expr.kind == Expr::Kind::Test || expr.kind == Expr::Kind::Element;
    reads += isRead && cycle.count(expr.tensor);
  });
  if (reads == 0)
    return {RecursionForm::Exit};
  if (reads != calls.size() || !hasDistinctVariables(rule))
    return {};
  const Adornment all = static_cast<Adornment>((std::uint64_t{1} << rule.head.size()) - 1),
                  open = all & ~bound;
  std::map<VariableId, std::size_t> count = occurrences(rule);
  auto isLeft = [&](std::size_t call) { return handsOn(rule, *rule.guards[call].expr, bound, count); };
  auto isRight = [&](std::size_t call) { return handsOn(rule, *rule.guards[call].expr, open, count); };
  if (calls.size() == 1) {
    if (isRight(calls[0]))
      return {RecursionForm::Right, 0, calls[0]};
    if (isLeft(calls[0]))
      return {RecursionForm::Left, calls[0], 0};
  }
  if (calls.size() == 2)
    for (auto [left, right] : {std::pair(calls[0], calls[1]), std::pair(calls[1], calls[0])})
      if (isLeft(left) && isRight(right) && open)
        return {RecursionForm::Combined, left, right};
  return {};
}

} // namespace tl::sema
