// Linear algebra: which indices are rows and columns, which count matrices, which are summed.
#include "frontend/sema/Build.h"
#include "frontend/sema/Expressions.h"
#include "frontend/sema/OrderReads.h"
#include "frontend/sema/Projection.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

namespace {

using Variables = std::vector<VariableId>;

bool contains(const Variables &variables, VariableId variable) {
  return std::find(variables.begin(), variables.end(), variable) != variables.end();
}

/// The free variables of `expr` in the order in which tensors are read with them, then those that only
/// comparisons and the like mention: in `(i = j) + A[n,i,j]` n comes first, as in `A[n,i,j] + (i = j)`.
Variables inOrder(const Expr &expr) {
  const std::set<VariableId> free = freeVariables(expr);
  Variables order;
  for (bool isRead : {true, false})
    walk(expr, [&](const Expr &part) {
      if (readsTensor(part) != isRead)
        return;
      forEachIndex(part, [&](const IndexExpr &index) {
        for (const AffineTerm &term : index.terms)
          if (free.count(term.variable) && !contains(order, term.variable))
            order.push_back(term.variable);
      });
    });
  return order;
}

IndexExpr plainIndex(VariableId variable, SourceRange range) {
  IndexExpr index;
  index.range = range;
  index.terms.push_back({variable, 1});
  return index;
}

/// How the call is written, for messages.
const char *formOf(std::string_view function) {
  if (function == "solve")
    return "X[j] = solve(A[i,j], B[i])";
  if (function == "inverse")
    return "Y[i,j] = inverse(A[i,j])";
  if (function == "cholesky")
    return "L[i,j] = cholesky(A[i,j])";
  return function == "eigh" ? "(W[k], V[i,k]) = eigh(A[i,j])" : "(U[i,k], S[k], Vt[k,j]) = svd(A[i,j])";
}

} // namespace

/// The roles of the variables of one call.
class Expressions::MatrixRoles {
public:
  MatrixRoles(const Scope &scope, const Expr &call)
      : scope(scope), call(call), matrix(inOrder(*call.operands[0])) {
    if (call.operands.size() > 1)
      right = inOrder(*call.operands[1]);
  }

  /// False when the indices do not say which are which.
  bool find() {
    const bool isFound = call.function == "solve"                                    ? findSolve()
                         : call.function == "inverse" || call.function == "cholesky" ? findSquare()
                                                                                     : findDecomposition();
    return isFound && !combinesMatrices();
  }

  VariableId rows = 0, columns = 0;
  Variables batch, own; ///< of the result

private:
  bool isOnLeft(VariableId variable) const { return scope.equation.variables[variable].isOnLeft; }
  /// What is neither on a left side nor summed inside the argument.
  bool isLocal(VariableId variable) const {
    const std::string &name = scope.equation.variables[variable].name;
    return !isOnLeft(variable) && !scope.otherLefts.count(name) && !contracts(*call.operands[0], variable);
  }
  void order(VariableId one, VariableId other) {
    const bool isFirst =
        std::find(matrix.begin(), matrix.end(), one) < std::find(matrix.begin(), matrix.end(), other);
    rows = isFirst ? one : other;
    columns = isFirst ? other : one;
  }
  /// Under `max=` and the like nothing is summed inside the argument, so that a third index which the left
  /// side lacks would have to combine functions of matrices that are not told apart.
  bool combinesMatrices() const {
    auto isCombined = [&](VariableId variable) {
      return isLocal(variable) && variable != rows && variable != columns;
    };
    return scope.equation.monoid != Monoid::Add &&
           (std::ranges::any_of(matrix, isCombined) || std::ranges::any_of(right, isCombined));
  }
  bool findSolve();
  bool findSquare();
  bool findDecomposition();
  bool findOwn(Variables left);

  const Scope &scope;
  const Expr &call;
  Variables matrix, right;
};

/// A X = B. One index of A is not on the left; B has it, or the other one, and X has an index of the same
/// matrix.
bool Expressions::MatrixRoles::findSolve() {
  Variables local;
  std::copy_if(matrix.begin(), matrix.end(), std::back_inserter(local),
               [&](VariableId id) { return isLocal(id); });
  if (local.size() != 1)
    return false;
  const bool hasLocal = contains(right, local[0]);
  std::optional<VariableId> answer;
  for (VariableId variable : matrix)
    if (isOnLeft(variable) && contains(right, variable) != hasLocal &&
        (scope.dotted.empty() || contains(scope.dotted, variable)))
      answer = variable;
  if (!answer)
    return false;
  order(local[0], *answer);
  for (VariableId variable : matrix)
    if (isOnLeft(variable) && variable != *answer)
      batch.push_back(variable);
  own.push_back(*answer);
  for (VariableId variable : right)
    if (isOnLeft(variable) && !contains(matrix, variable))
      own.push_back(variable);
  return true;
}

bool Expressions::MatrixRoles::findSquare() {
  Variables known;
  std::copy_if(matrix.begin(), matrix.end(), std::back_inserter(known), [&](VariableId id) {
    return isOnLeft(id) && (scope.dotted.empty() || contains(scope.dotted, id));
  });
  if (known.size() < 2)
    return false;
  own.assign(known.end() - 2, known.end());
  order(own[0], own[1]);
  for (VariableId variable : matrix)
    if (isOnLeft(variable) && !contains(own, variable))
      batch.push_back(variable);
  return true;
}

/// An index on every left side counts matrices; two are left, and the results have one new index.
bool Expressions::MatrixRoles::findDecomposition() {
  Variables axes;
  for (VariableId variable : matrix) {
    const std::string &name = scope.equation.variables[variable].name;
    const bool isCommon = isOnLeft(variable) && (!scope.result || scope.commonLefts.count(name));
    if (isCommon)
      batch.push_back(variable);
    else if (isOnLeft(variable) || scope.otherLefts.count(name) || isLocal(variable))
      axes.push_back(variable);
  }
  if (axes.size() != 2)
    return false;
  order(axes[0], axes[1]);
  Variables left;
  for (const IndexExpr &index : scope.equation.head)
    for (const AffineTerm &term : index.terms)
      if (!contains(batch, term.variable) && !contains(left, term.variable) &&
          !scope.equation.variables[term.variable].isVirtual)
        left.push_back(term.variable);
  return findOwn(std::move(left));
}

/// Puts the result's own indices in the order in which the function gives them.
bool Expressions::MatrixRoles::findOwn(Variables left) {
  const bool isSvd = call.function == "svd";
  const bool isValues = call.matrix.result == (isSvd ? 1u : 0u);
  if (left.size() != (isValues ? 1u : 2u))
    return false;
  auto isAxis = [&](VariableId id) { return id == rows || id == columns; };
  if (isValues) {
    own = std::move(left);
    return !isAxis(own[0]);
  }
  if (isAxis(left[1]))
    std::swap(left[0], left[1]);
  const bool isRight = isSvd && call.matrix.result == 2;
  const bool isFitting =
      isAxis(left[0]) && !isAxis(left[1]) && (!isSvd || left[0] == (isRight ? columns : rows));
  if (isRight)
    std::swap(left[0], left[1]);
  own = std::move(left);
  return isFitting;
}

/// Rows and columns are variables of the call, as are the ones that an argument sums: the same names outside
/// it mean other positions.
ExprPtr Expressions::matrix(const ast::Call &call, SourceRange range) {
  ExprPtr expr = makeExpr(Expr::Kind::Matrix, range);
  expr->function = call.function;
  scope.usesNormalization = true; // a dot says which index of the left is a matrix's
  const bool hasSeveral = call.function == "eigh" || call.function == "svd";
  expr->matrix.result = scope.result.value_or(call.function == "svd" ? 1 : 0);
  expr->matrix.statement = scope.statement;
  for (const ast::ExprPtr &argument : call.arguments)
    expr->operands.push_back(value(*argument));
  MatrixRoles roles(scope, *expr);
  if ((scope.result && !hasSeveral) || !roles.find()) {
    std::string message = "these indices do not say which are rows and columns of '" + call.function + "'";
    for (const IndexExpr &index : scope.equation.head)
      if (std::optional<VariableId> left = index.plainVariable();
          left && std::none_of(expr->operands.begin(), expr->operands.end(),
                               [&](const ExprPtr &part) { return freeVariables(*part).count(*left) != 0; }))
        message += ", and no argument has '" + scope.equation.variables[*left].name + "'";
    auto &report = diagnostics.report(DiagnosticId::MatrixIndices, range, std::move(message));
    report.hint = std::string("write it as in ") + formOf(call.function) +
                  "; further indices of A on the left count matrices";
    return makeInteger(0, range);
  }
  for (const Variables *part : {&roles.batch, &roles.own})
    for (VariableId variable : *part)
      expr->indices.push_back(plainIndex(variable, range));
  expr->matrix.batch = roles.batch.size();
  auto fresh = [&](VariableId variable) {
    const Variable &outer = scope.equation.variables[variable];
    return scope.fresh(std::string(outer.name), outer.range);
  };
  expr->variables = {fresh(roles.rows), fresh(roles.columns)};
  for (ExprPtr &operand : expr->operands)
    for (VariableId variable : freeVariables(*operand)) {
      const bool isAxis = variable == roles.rows || variable == roles.columns;
      if (isAxis)
        renameVariable(*operand, variable, expr->variables[variable == roles.rows ? 0 : 1]);
      else if (!scope.equation.variables[variable].isOnLeft)
        renameVariable(*operand, variable, fresh(variable));
    }
  return expr;
}

} // namespace tl::sema
