// Every expression and index of an equation, wherever it stands.
#include "frontend/sema/OrderReads.h"

namespace tl::sema {
namespace {

class Walk {
public:
  using ExprVisitor = std::function<void(Expr &, const ExprContext &)>;
  using IndexVisitor = std::function<void(IndexExpr &)>;

  Walk(const ExprVisitor *exprs, const IndexVisitor *indices) : exprs(exprs), indices(indices) {}

  void equation(Equation &equation) {
    for (IndexExpr &position : equation.head)
      index(position);
    if (equation.virtualPosition)
      index(*equation.virtualPosition);
    for (Guard &part : equation.guards)
      guard(part);
    for (Term &term : equation.terms) {
      for (Guard &literal : term.literals)
        guard(literal);
      if (term.value)
        expr(*term.value);
    }
  }

private:
  void index(IndexExpr &index) {
    if (indices)
      (*indices)(index);
    if (index.value)
      expr(*index.value);
  }

  void guard(Guard &guard) {
    const bool wasNegated = context.isNegated;
    context.isNegated = wasNegated || guard.kind == Guard::Kind::Negative;
    if (guard.expr)
      expr(*guard.expr);
    if (guard.kind == Guard::Kind::Bind)
      index(guard.binding);
    for (Guard &part : guard.parts)
      this->guard(part);
    context.isNegated = wasNegated;
  }

  void expr(Expr &expr) {
    if (exprs)
      (*exprs)(expr, context);
    const std::size_t outer = context.normalized.size();
    if (expr.kind == Expr::Kind::Normalize)
      context.normalized.insert(context.normalized.end(), expr.variables.begin(), expr.variables.end());
    // A matrix is taken as a whole, like a normalised row.
    for (std::size_t k = expr.matrix.batch; expr.kind == Expr::Kind::Matrix && k < expr.indices.size(); ++k)
      if (std::optional<VariableId> variable = expr.indices[k].plainVariable())
        context.normalized.push_back(*variable);
    for (IndexExpr &position : expr.indices)
      index(position);
    if (expr.virtualPosition)
      index(*expr.virtualPosition);
    if (expr.kind == Expr::Kind::IndexValue)
      index(expr.index);
    for (ExprPtr &operand : expr.operands)
      this->expr(*operand);
    context.normalized.resize(outer);
  }

  const ExprVisitor *exprs;
  const IndexVisitor *indices;
  ExprContext context;
};

} // namespace

void visitExprs(Equation &equation, const std::function<void(Expr &, const ExprContext &)> &visit) {
  Walk(&visit, nullptr).equation(equation);
}

void visitIndices(Equation &equation, const std::function<void(IndexExpr &)> &visit) {
  Walk(nullptr, &visit).equation(equation);
}

bool readsTensor(const Expr &expr) {
  return expr.kind == Expr::Kind::Element || expr.kind == Expr::Kind::Test ||
         expr.kind == Expr::Kind::Literal;
}

} // namespace tl::sema
