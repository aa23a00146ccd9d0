// Which variables projections bind, and whether an expression can drop an assignment.
#include "frontend/emit/Emitter.h"

#include <algorithm>

namespace tl::emit {
namespace {

using sema::Expr;
using sema::IndexExpr;
using sema::VariableId;

bool isSure(const IndexExpr &index) {
  return index.kind == IndexExpr::Kind::Symbol || index.isConstant() || index.plainVariable().has_value();
}

} // namespace

void addProjected(const Expr &expr, std::set<VariableId> &into) {
  if (expr.kind == Expr::Kind::Project)
    into.insert(expr.variables.begin(), expr.variables.end());
  for (const sema::ExprPtr &operand : expr.operands)
    addProjected(*operand, into);
  for (const IndexExpr &index : expr.indices)
    if (index.value)
      addProjected(*index.value, into);
}

bool canDrop(const sema::TypedProgram &program, const Expr &expr) {
  switch (expr.kind) {
  case Expr::Kind::Literal:
    return true;
  case Expr::Kind::Element: {
    sema::Monoid monoid = program.tensors[expr.tensor].monoid;
    return monoid == sema::Monoid::Max || monoid == sema::Monoid::Min ||
           !std::all_of(expr.indices.begin(), expr.indices.end(), isSure);
  }
  case Expr::Kind::Project:
    // A sum catches what drops inside; the others hand an empty range on.
    return expr.projection == "max" || expr.projection == "min" || expr.projection == "mean" ||
           expr.projection == "argmax" || expr.projection == "argmin";
  case Expr::Kind::Number:
  case Expr::Kind::IndexValue:
  case Expr::Kind::Test:
  case Expr::Kind::Apply:
  case Expr::Kind::Normalize:
  case Expr::Kind::Concat:
    return std::any_of(expr.operands.begin(), expr.operands.end(),
                       [&](const sema::ExprPtr &operand) { return canDrop(program, *operand); });
  }
  llvm_unreachable("every kind is handled");
}

} // namespace tl::emit
