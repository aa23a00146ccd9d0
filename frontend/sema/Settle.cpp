// The last form of an expression: binary operators, relations as factors or tests.
#include "frontend/sema/Build.h"
#include "frontend/sema/Projection.h"

#include <algorithm>

namespace tl::sema {
namespace {

bool isBoolean(const Expr &expr) {
  return isCondition(expr) || isApply(expr, "not") || expr.kind == Expr::Kind::Literal ||
         expr.kind == Expr::Kind::Test;
}

/// `a op b op c`. Left to right as written; a long chain is halved instead, as a tree as deep as a
/// machine-made sum is long would exhaust the stack.
ExprPtr chain(const char *function, std::vector<ExprPtr> operands) {
  constexpr std::size_t kLongest = 64;
  if (operands.size() > kLongest) {
    auto middle = operands.begin() + static_cast<std::ptrdiff_t>(operands.size() / 2);
    std::vector<ExprPtr> tail(std::make_move_iterator(middle), std::make_move_iterator(operands.end()));
    operands.erase(middle, operands.end());
    ExprPtr lhs = chain(function, std::move(operands)), rhs = chain(function, std::move(tail));
    SourceRange range = source::join(lhs->range, rhs->range);
    return makeApply(function, range, std::move(lhs), std::move(rhs));
  }
  ExprPtr result = std::move(operands[0]);
  for (std::size_t k = 1; k < operands.size(); ++k) {
    SourceRange range = source::join(result->range, operands[k]->range);
    bool subtracts = std::string_view(function) == "add" && isApply(*operands[k], "neg");
    if (subtracts)
      operands[k] = std::move(operands[k]->operands[0]);
    result = makeApply(subtracts ? "sub" : function, range, std::move(result), std::move(operands[k]));
  }
  return result;
}

/// Below projections, index values and operands first; then this node.
ExprPtr settleBelow(ExprPtr expr);

/// A body whose relation factors drop the assignment. Where dropping and multiplying by 0 differ (`max`,
/// `mean`, ...), a relation drops only as a factor of a number; alone it is 0 or 1, as it always is under
/// `all`.
bool dropsFactors(const std::string &projection, bool hasNumber) {
  bool isSame = projection == "sum" || projection == "count" || projection == "any";
  return isSame || (projection != "all" && hasNumber);
}

/// A product: Boolean factors become conditions, relation factors stay when `keepsLiterals`.
ExprPtr settleProduct(ExprPtr expr, const std::string *projection) {
  SourceRange range = expr->range;
  std::vector<ExprPtr> conditions, literals;
  ExprPtr rest = takeFactors(std::move(expr), isBoolean, conditions);
  bool keepsLiterals = projection && dropsFactors(*projection, rest != nullptr);
  for (ExprPtr &condition : conditions)
    if (condition->kind == Expr::Kind::Literal && keepsLiterals)
      literals.push_back(settleLiteral(std::move(condition)));
  std::erase(conditions, nullptr);
  for (ExprPtr &condition : conditions)
    condition = settleBelow(std::move(condition));
  if (rest)
    rest = settleBelow(std::move(rest));
  if (!conditions.empty()) {
    ExprPtr all = chain("and", std::move(conditions));
    rest = rest ? makeApply("where", range, std::move(all), std::move(rest), makeInteger(0, range))
                : std::move(all);
  }
  if (literals.empty())
    return rest;
  ExprPtr product = chain("mul", std::move(literals));
  return rest ? makeApply("mul", range, std::move(product), std::move(rest)) : std::move(product);
}

ExprPtr settleBelow(ExprPtr expr) {
  for (IndexExpr &index : expr->indices)
    if (index.value)
      index.value = settle(std::move(index.value));
  if (expr->kind == Expr::Kind::IndexValue && expr->index.value)
    expr->index.value = settle(std::move(expr->index.value));
  if (expr->kind == Expr::Kind::Literal)
    expr->kind = Expr::Kind::Test;
  if (expr->kind == Expr::Kind::Project) {
    expr->operands[0] = settleProduct(std::move(expr->operands[0]), &expr->projection);
    return expr;
  }
  for (ExprPtr &operand : expr->operands)
    operand = settle(std::move(operand));
  if (isApply(*expr, "add") || isApply(*expr, "mul")) {
    std::string function = expr->function;
    return chain(function.c_str(), std::move(expr->operands));
  }
  return expr;
}

} // namespace

ExprPtr settleLiteral(ExprPtr literal) {
  literal = settleBelow(std::move(literal));
  literal->kind = Expr::Kind::Literal;
  return literal;
}

ExprPtr settle(ExprPtr expr) {
  bool isProduct = isApply(*expr, "mul") || isApply(*expr, "div");
  return isProduct ? settleProduct(std::move(expr), nullptr) : settleBelow(std::move(expr));
}

} // namespace tl::sema
