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
  Draft(Equations &equations, TensorId tensor, SourceRange range)
      : Draft(equations.names, equations.program, equations.diagnostics, tensor, range) {
    scope.concat = [this, &equations](const ast::Call &call, SourceRange place) {
      return equations.concatenation(*this, call, place);
    };
  }
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

/// A product of literals, comparisons and plain draws: its sum is positive exactly where some assignment
/// satisfies all of them. Other conditions are functions, in whose arguments something may be summed.
bool isConjunction(const Expr &expr) {
  if (isApply(expr, "mul"))
    return std::all_of(expr.operands.begin(), expr.operands.end(),
                       [](const ExprPtr &operand) { return isConjunction(*operand); });
  bool isOne = expr.kind == Expr::Kind::Number && expr.number > 0;
  bool isDraw = expr.kind == Expr::Kind::Random && freeVariables(expr).empty() && isCondition(expr);
  return isOne || isDraw || isComparison(expr) || expr.kind == Expr::Kind::Literal;
}

} // namespace

void Equations::add(const ast::Equation &statement, SourceRange range) {
  TensorId tensor = *names.tensor(statement.head.name);
  const bool isRelation = program.tensors[tensor].kind == TensorKind::Relation;
  const auto *call = std::get_if<ast::Call>(&statement.value->node);
  if (call && call->function == "concat" && !isRelation && program.tensors[tensor].monoid == Monoid::Add)
    return addConcat(statement, *call, range);
  if (!isRelation)
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
  Draft draft(*this, *names.tensor(statement.head.name), range);
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
  Draft draft(*this, *names.tensor(statement.head.name), range);
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
        isCondition(*sum) ? std::move(sum) : makeApply("gt", place, std::move(sum), makeInteger(0, place));
    equation.guards.push_back(std::move(guard));
  }
  draft.guards.add(statement.guards);
  finish(draft);
}

/// The one axis on the left whose variable is not among `inside`, which the arguments of a `concat` have.
std::optional<std::size_t> Equations::joinedAxis(const Equation &equation, const std::set<VariableId> &inside,
                                                 SourceRange range) {
  std::vector<std::size_t> joined;
  std::string names, shared;
  for (std::size_t axis = 0; axis < equation.head.size(); ++axis)
    if (std::optional<VariableId> variable = equation.head[axis].plainVariable()) {
      std::string &list = inside.count(*variable) ? shared : names;
      list += (list.empty() ? "'" : ", '") + equation.variables[*variable].name + "'";
      if (!inside.count(*variable))
        joined.push_back(axis);
    }
  if (joined.size() == 1)
    return joined[0];
  auto &report = diagnostics.report(
      DiagnosticId::ConcatIndex, range,
      "'concat' joins along one index on the left that its arguments do not have, here there " +
          (!joined.empty() ? "are " + names
                           : "is none" + (shared.empty() ? "" : ", as they have " + shared)));
  report.hint = "give the concatenation an equation of its own, as in J[k] = concat(A[i], B[j])";
  return std::nullopt;
}

/// What the arguments of a `concat` flatten: variables that are not on the left, in the order of the text.
std::vector<VariableId> Equations::joinedVariables(const Equation &equation, const Expr &value) {
  std::vector<VariableId> order;
  const std::set<VariableId> free = freeVariables(value);
  walk(value, [&](const Expr &expr) {
    forEachIndex(expr, [&](const IndexExpr &index) {
      for (const AffineTerm &term : index.terms)
        if (free.count(term.variable) && !equation.variables[term.variable].isOnLeft &&
            std::find(order.begin(), order.end(), term.variable) == order.end())
          order.push_back(term.variable);
    });
  });
  return order;
}

/// A `concat` inside an expression is a tensor of its own, over those left variables that its arguments have
/// and the one they do not have.
ExprPtr Equations::concatenation(Draft &draft, const ast::Call &call, SourceRange range) {
  std::vector<ExprPtr> parts;
  std::set<VariableId> inside;
  for (const ast::ExprPtr &argument : call.arguments) {
    parts.push_back(draft.expressions.value(*argument));
    inside.merge(freeVariables(*parts.back()));
  }
  const Equation &outer = *draft.equation;
  std::optional<std::size_t> joined = joinedAxis(outer, inside, call.nameRange);
  if (!joined)
    return makeInteger(0, range);
  std::vector<VariableId> axes;
  for (VariableId id = 0; id < outer.variables.size(); ++id)
    if (outer.variables[id].isOnLeft && inside.count(id))
      axes.push_back(id);
  const VariableId along = *outer.head[*joined].plainVariable();
  const TensorId tensor = names.addPart(outer.tensor, "concat", axes.size() + 1, range);
  std::vector<EquationId> earlier;
  for (ExprPtr &part : parts)
    addPart(outer, tensor, axes, std::move(part), earlier);
  ExprPtr read = makeExpr(Expr::Kind::Element, range);
  read->tensor = tensor;
  axes.push_back(along);
  for (VariableId id : axes)
    read->indices.push_back(plainIndex(id, outer.variables[id].range));
  return read;
}

/// One argument of a `concat`: `tensor` over `axes` and what is left of the argument's own variables, behind
/// the parts `earlier`.
void Equations::addPart(const Equation &outer, TensorId tensor, const std::vector<VariableId> &axes,
                        ExprPtr part, std::vector<EquationId> &earlier) {
  Draft draft(*this, tensor, part->range);
  Equation &equation = *draft.equation;
  equation.variables = outer.variables;
  for (VariableId id = 0; id < equation.variables.size(); ++id)
    equation.variables[id].isOnLeft = std::count(axes.begin(), axes.end(), id) != 0;
  for (VariableId id : axes)
    equation.head.push_back(plainIndex(id, part->range));
  equation.head.emplace_back();
  equation.head.back().range = part->range;
  equation.head.back().flattened = joinedVariables(equation, *part);
  equation.head.back().flattenedAfter = earlier;
  for (VariableId id : equation.head.back().flattened)
    equation.variables[id].isOnLeft = true;
  equation.terms = draft.projection.split(std::move(part));
  earlier.push_back(static_cast<EquationId>(program.equations.size()));
  finish(draft);
}

void Equations::addConcat(const ast::Equation &statement, const ast::Call &call, SourceRange range) {
  std::vector<EquationId> earlier;
  for (const ast::ExprPtr &argument : call.arguments) {
    Draft draft(*this, *names.tensor(statement.head.name), range);
    Equation &equation = *draft.equation;
    equation.head = draft.expressions.head(statement.head, equation.tensor);
    ExprPtr value = draft.expressions.value(*argument);
    std::set<VariableId> inside = freeVariables(*value);
    std::optional<std::size_t> joined = joinedAxis(equation, inside, call.nameRange);
    if (!joined)
      return;
    IndexExpr &position = equation.head[*joined];
    equation.variables[position.terms[0].variable].isOnLeft = false;
    position.terms.clear();
    position.flattened = joinedVariables(equation, *value);
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
  Draft draft(*this, *names.tensor(statement.head.name), range);
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
    Draft draft(*this, *names.tensor(head.name), range);
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

/// A function along an index that its argument lacks is the same everywhere; where the argument has another
/// index, that is the one that was meant.
void Equations::checkNormalizations(const Equation &equation) {
  walkEquation(equation, [&](const Expr &expr) {
    if (expr.kind != Expr::Kind::Normalize)
      return;
    std::set<VariableId> mentioned = freeVariables(*expr.operands[0]);
    auto isMentioned = [&](VariableId variable) { return mentioned.count(variable) != 0; };
    auto other = std::find_if(mentioned.begin(), mentioned.end(),
                              [&](VariableId variable) { return !equation.variables[variable].isOnLeft; });
    if (expr.variables.empty() || other == mentioned.end() ||
        std::any_of(expr.variables.begin(), expr.variables.end(), isMentioned))
      return;
    const std::string &along = equation.variables[expr.variables.front()].name,
                      &meant = equation.variables[*other].name;
    auto &report = diagnostics.report(DiagnosticId::FunctionIndexMissing, expr.range,
                                      "'" + expr.function + "' works along index '" + along +
                                          "', which its argument does not have");
    report.labels.push_back({equation.variables[*other].range, "'" + meant + "' is not on the left"});
    report.hint = "give what '" + expr.function + "' computes an equation of its own, with '" + meant +
                  ".' on the left";
  });
}

/// A draw is one number for each assignment of the left variables.
void Equations::drawForLeft(Equation &equation) {
  std::vector<VariableId> left;
  for (VariableId id = 0; id < equation.variables.size(); ++id)
    if (equation.variables[id].isOnLeft)
      left.push_back(id);
  walkEquation(equation, [&](Expr &expr) {
    if (expr.kind == Expr::Kind::Random)
      expr.variables = left;
  });
}

void Equations::finish(Draft &draft) {
  for (IndexExpr &index : draft.equation->head)
    if (index.value)
      index.value = draft.projection.guardOperand(std::move(index.value));
  checkDots(draft.scope);
  checkNormalizations(*draft.equation);
  checkMatrixGuards(*draft.equation);
  drawForLeft(*draft.equation);
  draft.guards.finish();
  dropUnusedVariables(*draft.equation);
  Equation &equation = *draft.equation;
  equation.id = static_cast<EquationId>(program.equations.size());
  program.tensors[equation.tensor].equations.push_back(equation.id);
  program.equations.push_back(std::move(equation));
}

} // namespace tl::sema
