// Equations: left side, right side with its sums, guards; copies, slices, concat, Boolean left sides.
#include "frontend/sema/Equations.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Projection.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

/// An equation being built, with the scope that refers to it; it does not move while it is.
struct Equations::Draft {
  Draft(Names &names, TypedProgram &program, source::DiagnosticEngine &diagnostics, TensorId tensor,
        SourceRange range)
      : equation(std::make_unique<Equation>()), scope(*equation),
        expressions(names, program, diagnostics, scope), guards(program, diagnostics, scope, expressions),
        projection(program, *equation, diagnostics) {
    equation->range = range;
    equation->tensor = tensor;
    equation->monoid = program.tensors[tensor].monoid;
  }
  std::unique_ptr<Equation> equation;
  Scope scope;
  Expressions expressions;
  Guards guards;
  Projection projection;
};

namespace {

IndexExpr plainIndex(VariableId variable, SourceRange range) {
  IndexExpr index;
  index.range = range;
  index.terms.push_back({variable, 1});
  return index;
}

/// A product of literals and comparisons: its sum is positive exactly where some assignment satisfies all of
/// them.
bool isConjunction(const Expr &expr) {
  if (isApply(expr, "mul"))
    return std::all_of(expr.operands.begin(), expr.operands.end(),
                       [](const ExprPtr &operand) { return isConjunction(*operand); });
  bool isOne = expr.kind == Expr::Kind::Number && expr.number > 0;
  return isOne || isComparison(expr) || expr.kind == Expr::Kind::Literal;
}

} // namespace

void Equations::add(const ast::Equation &statement, SourceRange range) {
  TensorId tensor = *names.tensor(statement.head.name);
  if (const auto *call = std::get_if<ast::Call>(&statement.value->node); call && call->function == "concat")
    return addConcat(statement, *call, range);
  if (program.tensors[tensor].kind != TensorKind::Relation)
    return addRightSide(statement, range);
  std::size_t count = 1;
  for (std::size_t term = 0; term < count; ++term)
    addBoolean(statement, range, term, count);
}

/// `Y = X`: fresh variables for every axis. X has none yet when its file could not be read, which the loader
/// reports.
ExprPtr Equations::copied(Draft &draft, const ast::Equation &statement) {
  TensorId from = *names.tensor(std::get<ast::Name>(statement.value->node).name);
  SourceRange range = statement.value->range;
  bool isRelation = program.tensors[from].kind == TensorKind::Relation;
  ExprPtr value = makeExpr(isRelation ? Expr::Kind::Literal : Expr::Kind::Element, range);
  value->tensor = from;
  Equation &equation = *draft.equation;
  for (std::size_t axis = 0; axis < program.tensors[from].axes.size(); ++axis) {
    VariableId variable = draft.scope.fresh("i" + std::to_string(axis + 1), range);
    equation.variables[variable].isOnLeft = true;
    equation.head.push_back(plainIndex(variable, statement.head.range));
    value->indices.push_back(plainIndex(variable, range));
  }
  return value;
}

/// Fills the head and gives the right side as `Expressions` builds it.
ExprPtr Equations::leftAndRight(Draft &draft, const ast::Equation &statement) {
  Equation &equation = *draft.equation;
  const Constant *constant = names.constant(statement.head.name);
  bool isBare = statement.head.form == ast::Head::Form::Bare;
  if (isBare && constant)
    return constant->isInteger ? makeInteger(constant->integer, statement.value->range)
                               : makeReal(constant->value, statement.value->range);
  const auto *name = std::get_if<ast::Name>(&statement.value->node);
  std::optional<TensorId> from = name ? names.tensor(name->name) : std::nullopt;
  if (isBare && name && from && !names.constant(name->name))
    return copied(draft, statement);
  equation.head = draft.expressions.head(statement.head, equation.tensor);
  draft.scope.slicesAreAxes = isBare && std::holds_alternative<ast::Access>(statement.value->node);
  ExprPtr value = draft.expressions.value(*statement.value);
  if (draft.scope.slicesAreAxes)
    for (VariableId slice : draft.scope.slices) {
      equation.variables[slice].isOnLeft = true;
      equation.head.push_back(plainIndex(slice, equation.variables[slice].range));
    }
  // A clash of arity has been reported; the right number of positions keeps later steps simple.
  equation.head.resize(program.tensors[equation.tensor].axes.size());
  return value;
}

void Equations::addRightSide(const ast::Equation &statement, SourceRange range) {
  Draft draft(names, program, diagnostics, *names.tensor(statement.head.name), range);
  Equation &equation = *draft.equation;
  ExprPtr value = leftAndRight(draft, statement);
  if (equation.monoid == Monoid::Add)
    equation.terms = draft.projection.split(std::move(value));
  else
    equation.terms.push_back(draft.projection.whole(std::move(value), equation.guards));
  draft.guards.add(statement.guards);
  finish(draft);
}

/// `P(i) = expression`: literals alone make a rule of each term, numbers a comparison with 0.
void Equations::addBoolean(const ast::Equation &statement, SourceRange range, std::size_t term,
                           std::size_t &count) {
  Draft draft(names, program, diagnostics, *names.tensor(statement.head.name), range);
  Equation &equation = *draft.equation;
  ExprPtr value = leftAndRight(draft, statement);
  SourceRange place = value->range;
  std::vector<SignedTerm> parts;
  collectTerms(std::move(value), false, parts);
  bool areLiterals = std::all_of(parts.begin(), parts.end(), [](const SignedTerm &part) {
    return !part.isNegative && isConjunction(*part.value);
  });
  equation.terms.emplace_back();
  if (areLiterals) {
    count = parts.size();
    draft.projection.conjunction(std::move(parts[term].value), equation.guards);
  } else {
    ExprPtr sum = draft.projection.summed(joinTerms(std::move(parts), place));
    Guard guard;
    guard.kind = Guard::Kind::Holds;
    guard.range = place;
    guard.expr =
        isComparison(*sum) ? std::move(sum) : makeApply("gt", place, std::move(sum), makeInteger(0, place));
    equation.guards.push_back(std::move(guard));
  }
  draft.guards.add(statement.guards);
  finish(draft);
}

void Equations::addConcat(const ast::Equation &statement, const ast::Call &call, SourceRange range) {
  std::vector<EquationId> earlier;
  for (const ast::ExprPtr &argument : call.arguments) {
    Draft draft(names, program, diagnostics, *names.tensor(statement.head.name), range);
    Equation &equation = *draft.equation;
    equation.head = draft.expressions.head(statement.head, equation.tensor);
    ExprPtr value = draft.expressions.value(*argument);
    std::set<VariableId> inside = freeVariables(*value);
    std::vector<std::size_t> joined;
    for (std::size_t axis = 0; axis < equation.head.size(); ++axis)
      if (std::optional<VariableId> variable = equation.head[axis].plainVariable();
          variable && !inside.count(*variable))
        joined.push_back(axis);
    bool isRelation = program.tensors[equation.tensor].kind == TensorKind::Relation;
    if (joined.size() != 1 || isRelation || equation.monoid != Monoid::Add) {
      diagnostics.report(DiagnosticId::NotSupportedYet, call.nameRange,
                         "'concat' needs exactly one index on the left that its arguments do not have; "
                         "other forms are not supported yet");
      return;
    }
    IndexExpr &position = equation.head[joined[0]];
    equation.variables[position.terms[0].variable].isOnLeft = false;
    position.terms.clear();
    for (VariableId variable : inside)
      if (!equation.variables[variable].isOnLeft)
        position.flattened.push_back(variable);
    for (VariableId variable : position.flattened)
      equation.variables[variable].isOnLeft = true;
    position.flattenedAfter = earlier;
    equation.terms = draft.projection.split(std::move(value));
    draft.guards.add(statement.guards);
    earlier.push_back(static_cast<EquationId>(program.equations.size()));
    finish(draft);
  }
}

void Equations::add(const ast::Rule &statement, SourceRange range) {
  Draft draft(names, program, diagnostics, *names.tensor(statement.head.name), range);
  Equation &equation = *draft.equation;
  draft.scope.isRule = true;
  equation.head = draft.expressions.head(statement.head, equation.tensor);
  equation.head.resize(program.tensors[equation.tensor].axes.size());
  equation.terms.emplace_back();
  draft.guards.add(statement.body);
  checkRangeRestriction(equation, program, diagnostics);
  finish(draft);
}

namespace {

std::set<std::string, std::less<>> leftNames(const ast::Head &head) {
  std::set<std::string, std::less<>> names;
  for (const ast::Index &index : head.indices)
    if (const auto *variable = index.expr ? std::get_if<ast::Variable>(&index.expr->node) : nullptr)
      names.insert(variable->name);
  return names;
}

} // namespace

void Equations::add(const ast::MultiAssign &statement, SourceRange range) {
  const auto first = static_cast<EquationId>(program.equations.size());
  for (std::size_t result = 0; result < statement.heads.size(); ++result) {
    const ast::Head &head = statement.heads[result];
    Draft draft(names, program, diagnostics, *names.tensor(head.name), range);
    Equation &equation = *draft.equation;
    draft.scope.result = result;
    draft.scope.statement = first;
    draft.scope.commonLefts = leftNames(head);
    for (const ast::Head &other : statement.heads) {
      std::set<std::string, std::less<>> left = leftNames(other);
      std::erase_if(draft.scope.commonLefts, [&](const std::string &name) { return !left.count(name); });
      draft.scope.otherLefts.merge(left);
    }
    equation.head = draft.expressions.head(head, equation.tensor);
    equation.head.resize(program.tensors[equation.tensor].axes.size());
    equation.terms = draft.projection.split(draft.expressions.value(*statement.value));
    finish(draft);
  }
}

/// A matrix is taken whole: what a guard says of its rows could only be meant for some of its numbers.
void Equations::checkMatrixGuards(const Equation &equation) {
  std::set<VariableId> guarded;
  for (const Guard &guard : equation.guards)
    guarded.merge(freeVariables(guard));
  walkEquation(equation, [&](const Expr &expr) {
    if (expr.kind != Expr::Kind::Matrix)
      return;
    walk(expr, [&](const Expr &part) {
      std::set<VariableId> inside;
      forEachIndex(part, [&](const IndexExpr &index) { addVariables(index, inside); });
      for (VariableId inner : inside)
        for (VariableId outer : guarded) {
          const Variable &variable = equation.variables[outer];
          if (variable.isOnLeft || inner == outer || variable.name != equation.variables[inner].name)
            continue;
          diagnostics
              .report(DiagnosticId::MatrixIndices, variable.range,
                      "a guard cannot speak of '" + variable.name + "', which '" + expr.function +
                          "' works along")
              .hint = "compute the matrix in an equation of its own, with the guard there";
          guarded.erase(outer);
          return;
        }
    });
  });
}

void Equations::checkDots(const Scope &scope) {
  if (scope.usesNormalization)
    return;
  for (SourceRange dot : scope.dots)
    diagnostics
        .report(DiagnosticId::DotNotAllowed, dot,
                "a dotted index needs a function that normalises, such as softmax")
        .hint = "leave the '.' out";
}

/// A normalised value is computed for the left variables only, before anything else in the equation.
void Equations::checkNormalizations(const Equation &equation) {
  forEachGuard(equation.guards, [&](const Guard &guard) {
    if (guard.expr)
      walk(*guard.expr, [&](const Expr &expr) {
        if (expr.kind == Expr::Kind::Normalize)
          diagnostics
              .report(DiagnosticId::NotSupportedYet, expr.range,
                      "'" + expr.function + "' in a guard or a comparison on its own is not supported yet")
              .hint = "give the normalised values a name in an equation of their own";
      });
  });
  walkEquation(equation, [&](const Expr &expr) {
    if (expr.kind != Expr::Kind::Normalize)
      return;
    for (VariableId variable : freeVariables(*expr.operands[0]))
      if (!equation.variables[variable].isOnLeft)
        diagnostics
            .report(DiagnosticId::NotSupportedYet, expr.range,
                    "'" + expr.function + "' over index '" + equation.variables[variable].name +
                        "', which is not on the left, is not supported yet")
            .hint = "give the normalised values a name in an equation of their own";
  });
}

void Equations::finish(Draft &draft) {
  for (IndexExpr &index : draft.equation->head)
    if (index.value)
      index.value = draft.projection.guardOperand(std::move(index.value));
  checkDots(draft.scope);
  checkNormalizations(*draft.equation);
  checkMatrixGuards(*draft.equation);
  draft.guards.finish();
  dropUnusedVariables(*draft.equation);
  Equation &equation = *draft.equation;
  equation.id = static_cast<EquationId>(program.equations.size());
  program.tensors[equation.tensor].equations.push_back(equation.id);
  program.equations.push_back(std::move(equation));
}

} // namespace tl::sema
