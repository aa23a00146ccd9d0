// Translating literals, telling bindings from comparisons, grouping existential variables.
#include "frontend/sema/Guards.h"

#include "frontend/sema/Adopt.h"
#include "frontend/sema/Build.h"
#include "frontend/sema/Projection.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

namespace {

bool isVariable(const ast::Expr &expr) {
  const auto *variable = std::get_if<ast::Variable>(&expr.node);
  return variable && variable->name != "_";
}

/// Names of the variables of an expression that can stand in an index position.
void collectNames(const ast::Expr &expr, std::vector<std::pair<std::string, SourceRange>> &into) {
  if (const auto *variable = std::get_if<ast::Variable>(&expr.node))
    into.push_back({variable->name, expr.range});
  else if (const auto *sum = std::get_if<ast::Sum>(&expr.node))
    for (const ast::Sum::Term &term : sum->terms)
      collectNames(*term.expr, into);
  else if (const auto *product = std::get_if<ast::Product>(&expr.node))
    for (const ast::Product::Factor &factor : product->factors)
      collectNames(*factor.expr, into);
  else if (const auto *negation = std::get_if<ast::Negation>(&expr.node))
    collectNames(*negation->operand, into);
  else if (const auto *access = std::get_if<ast::Access>(&expr.node))
    for (const ast::Index &index : access->indices) {
      if (index.expr)
        collectNames(*index.expr, into);
    }
  else if (const auto *call = std::get_if<ast::Call>(&expr.node))
    for (const ast::ExprPtr &argument : call->arguments)
      collectNames(*argument, into);
}

void addPlain(const Expr &literal, std::set<VariableId> &into) {
  for (const IndexExpr &index : literal.indices)
    if (std::optional<VariableId> variable = index.plainVariable())
      into.insert(*variable);
}

} // namespace

Guard Guards::holds(ExprPtr condition) {
  Guard guard;
  guard.kind = Guard::Kind::Holds;
  guard.range = condition->range;
  guard.expr = Projection(program, equation, diagnostics).guardOperand(std::move(condition));
  return guard;
}

Guard Guards::negation(const ast::Expr &operand, SourceRange range) {
  ExprPtr value = std::holds_alternative<ast::Comparison>(operand.node)
                      ? expressions.compare(std::get<ast::Comparison>(operand.node), operand.range, true)
                      : expressions.value(operand);
  if (value->kind != Expr::Kind::Literal)
    return holds(makeApply("not", range, expressions.truth(std::move(value))));
  Guard guard;
  guard.kind = Guard::Kind::Negative;
  guard.range = range;
  guard.expr = settle(std::move(value));
  return guard;
}

Guard Guards::literal(const ast::Expr &expr) {
  if (const auto *negated = std::get_if<ast::Not>(&expr.node))
    return negation(*negated->operand, expr.range);
  if (const auto *comparison = std::get_if<ast::Comparison>(&expr.node))
    return holds(expressions.compare(*comparison, expr.range, true));
  const auto *number = std::get_if<ast::Number>(&expr.node);
  const bool isTruth = number && number->isInteger && (number->integer == 0 || number->integer == 1);
  if (number && !isTruth) // 'true' and 'false' are numbers here
    diagnostics.report(DiagnosticId::TypeMismatch, expr.range, "a number is not a condition").hint =
        "what follows ',' keeps or drops assignments; a decimal point is '.'";
  ExprPtr value = expressions.value(expr);
  if (value->kind != Expr::Kind::Literal)
    return holds(expressions.truth(std::move(value)));
  Guard guard;
  guard.kind = Guard::Kind::Positive;
  guard.range = expr.range;
  guard.expr = settleLiteral(std::move(value));
  return guard;
}

/// A function along an index takes the assignments that the conditions keep, so it cannot be one of them.
void Guards::reportFunctions(std::size_t from) {
  for (std::size_t k = from; k < equation.guards.size(); ++k)
    walkGuard(equation.guards[k], [&](const Expr &expr) {
      if (expr.kind == Expr::Kind::Normalize)
        diagnostics
            .report(DiagnosticId::FunctionInCondition, expr.range,
                    "'" + expr.function +
                        "' works along an index of the left side, it cannot stand in a condition")
            .hint = "give it an equation of its own and test its result";
    });
}

void Guards::add(const std::vector<ast::ExprPtr> &literals) {
  const std::size_t from = equation.guards.size();
  std::vector<const ast::Expr *> equalities;
  for (const ast::ExprPtr &expr : literals) {
    const auto *comparison = std::get_if<ast::Comparison>(&expr->node);
    bool mayBind = comparison && comparison->op == ast::CompareOp::Equal &&
                   (isVariable(*comparison->lhs) || isVariable(*comparison->rhs));
    if (mayBind)
      equalities.push_back(expr.get());
    else
      equation.guards.push_back(literal(*expr));
  }
  bindAndCompare(std::move(equalities));
  reportFunctions(from);
  reportPrivateNegations();
}

/// What literals generate and what dense tensors or comparisons give a range.
Guards::Variables Guards::boundVariables() const {
  Variables bound;
  walkEquation(equation, [&](const Expr &expr) {
    if (expr.kind == Expr::Kind::Literal)
      addPlain(expr, bound);
    if (expr.kind == Expr::Kind::Element || (expr.kind == Expr::Kind::Test && !scope.isRule))
      for (const IndexExpr &index : expr.indices)
        for (const AffineTerm &term : index.terms)
          bound.insert(term.variable);
  });
  // What stands only under `not` is bound by nothing.
  if (!scope.isRule)
    for (const Guard &guard : equation.guards)
      if (guard.kind == Guard::Kind::Negative)
        for (VariableId variable : freeVariables(guard))
          if (!usedVariables().count(variable))
            bound.erase(variable);
  forEachGuard(equation.guards, [&](const Guard &guard) {
    if (guard.kind == Guard::Kind::Bind)
      bound.insert(guard.variable);
  });
  return boundedByComparison(equation, std::move(bound));
}

bool Guards::tryBindSide(const ast::Expr &side, const ast::Expr &other, SourceRange range, Variables &bound) {
  if (!isVariable(side))
    return false;
  VariableId variable = scope.variable(std::get<ast::Variable>(side.node).name, side.range);
  std::vector<std::pair<std::string, SourceRange>> names;
  collectNames(other, names);
  bool isReady = std::all_of(names.begin(), names.end(), [&](const auto &name) {
    return name.first == "_" || bound.count(scope.variable(name.first, name.second));
  });
  if (bound.count(variable) || !isReady)
    return false;
  Guard guard;
  guard.kind = Guard::Kind::Bind;
  guard.range = range;
  guard.variable = variable;
  guard.binding = expressions.index(other);
  if (guard.binding.value)
    guard.binding.value =
        Projection(program, equation, diagnostics).guardOperand(std::move(guard.binding.value));
  equation.guards.push_back(std::move(guard));
  bound.insert(variable);
  return true;
}

bool Guards::tryBind(const ast::Comparison &comparison, SourceRange range, Variables &bound) {
  return tryBindSide(*comparison.lhs, *comparison.rhs, range, bound) ||
         tryBindSide(*comparison.rhs, *comparison.lhs, range, bound);
}

/// `Q(x+1)` with x unbound reads a new variable q and computes x = q - 1, which must not be negative.
bool Guards::trySolve(std::size_t position, Variables &bound) {
  if (equation.guards[position].kind != Guard::Kind::Positive)
    return false;
  for (std::size_t k = 0; k < equation.guards[position].expr->indices.size(); ++k) {
    IndexExpr &index = equation.guards[position].expr->indices[k];
    bool isLinear =
        index.terms.size() == 1 && index.divisor == 1 && index.modulus == 0 && !index.plainVariable();
    if (!isLinear || index.terms[0].coefficient < 1 || bound.count(index.terms[0].variable))
      continue;
    VariableId variable = index.terms[0].variable,
               read = scope.fresh(equation.variables[variable].name + "''", index.range);
    std::int64_t coefficient = index.terms[0].coefficient;
    IndexExpr original = std::move(index);
    equation.guards[position].expr->indices[k] = {};
    equation.guards[position].expr->indices[k].range = original.range;
    equation.guards[position].expr->indices[k].terms = {{read, 1}};
    Guard bind;
    bind.kind = Guard::Kind::Bind;
    bind.range = original.range;
    bind.variable = variable;
    bind.binding.range = original.range;
    bind.binding.terms = {{read, 1}};
    bind.binding.constant = -original.constant;
    bind.binding.divisor = coefficient;
    IndexExpr plain;
    plain.range = original.range;
    plain.terms = {{variable, 1}};
    SourceRange range = original.range;
    equation.guards.push_back(std::move(bind));
    equation.guards.push_back(
        holds(makeApply("ge", range, makeIndexValue(std::move(plain)), makeInteger(0, range))));
    if (coefficient != 1) {
      IndexExpr column;
      column.range = range;
      column.terms = {{read, 1}};
      equation.guards.push_back(holds(
          makeApply("eq", range, makeIndexValue(std::move(original)), makeIndexValue(std::move(column)))));
    }
    bound.insert({variable, read});
    return true;
  }
  return false;
}

void Guards::bindAndCompare(std::vector<const ast::Expr *> equalities) {
  Variables bound = boundVariables();
  for (bool progress = true; progress;) {
    progress = false;
    for (const ast::Expr *&equality : equalities)
      if (equality && tryBind(std::get<ast::Comparison>(equality->node), equality->range, bound)) {
        equality = nullptr;
        progress = true;
      }
    for (std::size_t k = 0; !progress && k < equation.guards.size(); ++k)
      progress = trySolve(k, bound);
  }
  for (const ast::Expr *equality : equalities)
    if (equality)
      equation.guards.push_back(
          holds(expressions.compare(std::get<ast::Comparison>(equality->node), equality->range, true)));
}

/// Variables of the left side and of the terms, those bound by projections inside included. A factor that
/// became a guard leaves its variables in `projected`.
Guards::Variables Guards::usedVariables() const {
  Variables used;
  for (VariableId id = 0; id < equation.variables.size(); ++id)
    if (equation.variables[id].isOnLeft)
      used.insert(id);
  for (const Term &term : equation.terms) {
    used.insert(term.projected.begin(), term.projected.end());
    for (const Guard &literal : term.literals)
      used.merge(freeVariables(literal));
    if (!term.value)
      continue;
    used.merge(freeVariables(*term.value));
    walk(*term.value, [&](const Expr &expr) {
      if (expr.kind == Expr::Kind::Project)
        used.insert(expr.variables.begin(), expr.variables.end());
    });
  }
  return used;
}

/// `not R(x,y)` with y nowhere else could mean two things.
void Guards::reportPrivateNegations() {
  if (scope.isRule)
    return;
  Variables used = usedVariables();
  for (const Guard &guard : equation.guards)
    if (guard.kind != Guard::Kind::Negative)
      used.merge(freeVariables(guard));
  // A reduction's variable is the same as its namesake in a guard.
  std::set<std::string> names = {"_"};
  for (VariableId id : used)
    names.insert(equation.variables[id].name);
  for (const Guard &guard : equation.guards) {
    if (guard.kind != Guard::Kind::Negative)
      continue;
    for (VariableId id : freeVariables(guard)) {
      const Variable &variable = equation.variables[id];
      if (names.count(variable.name))
        continue;
      diagnostics
          .report(DiagnosticId::UnboundVariable, variable.range,
                  "'" + variable.name + "' occurs only under 'not', so nothing says which values it takes")
          .hint = "write '_' if there must be none at all";
    }
  }
}

/// Connected guards that share variables of no term or left side hold together or not at all: one `Exists`
/// each.
void Guards::groupExistential() {
  Variables used = usedVariables();
  std::vector<Guard> plain, waiting;
  auto hidden = [&](const Guard &guard) {
    Variables free = freeVariables(guard);
    if (guard.kind == Guard::Kind::Negative)
      std::erase_if(free, [&](VariableId id) { return equation.variables[id].name == "_"; });
    std::erase_if(free, [&](VariableId id) { return used.count(id) != 0; });
    return free;
  };
  for (Guard &guard : equation.guards)
    (hidden(guard).empty() ? plain : waiting).push_back(std::move(guard));
  while (!waiting.empty()) {
    Guard group;
    group.kind = Guard::Kind::Exists;
    group.range = waiting[0].range;
    Variables shared = hidden(waiting[0]);
    for (bool progress = true; progress;) {
      progress = false;
      for (Guard &guard : waiting) {
        Variables own = guard.range.end == 0 ? Variables() : hidden(guard);
        bool touches =
            std::any_of(own.begin(), own.end(), [&](VariableId id) { return shared.count(id) != 0; });
        if (!touches)
          continue;
        shared.merge(own);
        group.parts.push_back(std::move(guard));
        guard = Guard{};
        progress = true;
      }
    }
    std::erase_if(waiting, [](const Guard &guard) { return guard.range.end == 0; });
    group.existential.assign(shared.begin(), shared.end());
    plain.push_back(std::move(group));
  }
  equation.guards = std::move(plain);
}

void Guards::projectFree() {
  Variables used = usedVariables(), free;
  for (const Guard &guard : equation.guards)
    for (VariableId id : freeVariables(guard)) {
      bool isPrivate = guard.kind == Guard::Kind::Negative && equation.variables[id].name == "_";
      if (!used.count(id) && !isPrivate)
        free.insert(id);
    }
  for (Term &term : equation.terms)
    term.projected.insert(term.projected.end(), free.begin(), free.end());
}

/// A literal generates a variable when every term that ranges over it has one: guards are in all of them.
void Guards::markGenerated() {
  Variables generated;
  forEachGuard(equation.guards, [&](const Guard &guard) {
    if (guard.kind == Guard::Kind::Positive)
      addPlain(*guard.expr, generated);
    if (guard.kind == Guard::Kind::Bind)
      generated.insert(guard.variable);
  });
  for (VariableId id = 0; id < equation.variables.size(); ++id) {
    bool inAll = !equation.terms.empty(), inSome = false;
    for (const Term &term : equation.terms) {
      Variables here, bound;
      for (const Guard &literal : term.literals)
        addPlain(*literal.expr, here);
      if (term.value)
        walk(*term.value, [&](const Expr &expr) {
          if (expr.kind == Expr::Kind::Project && expr.variables.size() > 0)
            bound.insert(expr.variables.begin(), expr.variables.end());
        });
      bool ranges = equation.variables[id].isOnLeft || bound.count(id) ||
                    std::count(term.projected.begin(), term.projected.end(), id);
      inSome = inSome || here.count(id);
      inAll = inAll && (!ranges || here.count(id));
    }
    equation.variables[id].isGenerated = generated.count(id) || (inSome && inAll);
  }
}

void Guards::finish() {
  adoptGuardVariables(equation);
  bool counts = equation.monoid == Monoid::Add || equation.monoid == Monoid::Average ||
                equation.monoid == Monoid::Multiply;
  if (counts)
    groupExistential();
  else
    projectFree();
  markGenerated();
}

} // namespace tl::sema
