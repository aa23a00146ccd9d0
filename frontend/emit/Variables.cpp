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

/// Whether some projection inside binds one of `variables`.
bool projects(const Expr &expr, const std::set<VariableId> &variables) {
  std::set<VariableId> bound;
  addProjected(expr, bound);
  return std::any_of(bound.begin(), bound.end(), [&](VariableId id) { return variables.count(id) != 0; });
}

/// The variables of `guard` that a projection binds.
std::set<VariableId> nestedIn(const sema::Guard &guard, const std::set<VariableId> &nested) {
  std::set<VariableId> mentioned = sema::freeVariables(guard);
  std::erase_if(mentioned, [&](VariableId id) { return !nested.count(id); });
  return mentioned;
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

bool vanishes(const Expr &expr, const std::set<VariableId> &variables) {
  auto operandVanishes = [&](const sema::ExprPtr &operand) { return vanishes(*operand, variables); };
  switch (expr.kind) {
  case Expr::Kind::Number:
    return expr.number == 0 && expr.integer == 0;
  case Expr::Kind::Project:
    return expr.projection == "sum" &&
           (std::any_of(expr.variables.begin(), expr.variables.end(),
                        [&](VariableId id) { return variables.count(id) != 0; }) ||
            operandVanishes(expr.operands[0]));
  case Expr::Kind::Apply: {
    static const std::set<std::string, std::less<>> kOdd = {"neg",  "relu",  "abs",  "sqrt", "tanh",
                                                            "sin",  "sign",  "gelu", "silu", "floor",
                                                            "ceil", "round", "step", "erf"};
    // A factor over nothing could be infinite, unless it vanishes too.
    if (expr.function == "mul")
      return std::any_of(expr.operands.begin(), expr.operands.end(), operandVanishes) &&
             std::all_of(expr.operands.begin(), expr.operands.end(), [&](const sema::ExprPtr &operand) {
               return operandVanishes(operand) || !projects(*operand, variables);
             });
    if (expr.function == "div")
      return operandVanishes(expr.operands[0]) && !projects(*expr.operands[1], variables);
    if (expr.function == "add" || expr.function == "sub")
      return std::all_of(expr.operands.begin(), expr.operands.end(), operandVanishes);
    if (expr.function == "where")
      return operandVanishes(expr.operands[1]) && operandVanishes(expr.operands[2]);
    return kOdd.count(expr.function) && operandVanishes(expr.operands[0]);
  }
  case Expr::Kind::IndexValue:
  case Expr::Kind::Element:
  case Expr::Kind::Test:
  case Expr::Kind::Literal:
  case Expr::Kind::Normalize:
  case Expr::Kind::Matrix:
  case Expr::Kind::External:
  case Expr::Kind::Random:
  case Expr::Kind::Concat:
    return false;
  }
  llvm_unreachable("every kind is handled");
}

std::vector<const sema::Guard *> guardsOutside(const sema::Equation &equation,
                                               const std::set<VariableId> &nested, const Expr *value) {
  std::vector<const sema::Guard *> list;
  bool mattersHere = false;
  for (const sema::Guard &guard : equation.guards) {
    std::set<VariableId> inside = nestedIn(guard, nested);
    mattersHere |= !inside.empty() && !(value && vanishes(*value, inside));
  }
  for (const sema::Guard &guard : equation.guards)
    if (mattersHere || nestedIn(guard, nested).empty())
      list.push_back(&guard);
  return list;
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
  case Expr::Kind::Matrix:
  case Expr::Kind::External:
    return false;
  case Expr::Kind::Number:
  case Expr::Kind::IndexValue:
  case Expr::Kind::Test:
  case Expr::Kind::Apply:
  case Expr::Kind::Normalize:
  case Expr::Kind::Random:
  case Expr::Kind::Concat:
    return std::any_of(expr.operands.begin(), expr.operands.end(),
                       [&](const sema::ExprPtr &operand) { return canDrop(program, *operand); });
  }
  llvm_unreachable("every kind is handled");
}

} // namespace tl::emit
