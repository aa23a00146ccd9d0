// The smallest subexpression that holds all occurrences of an index.
#include "frontend/sema/Build.h"
#include "frontend/sema/Projection.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

bool carries(const Expr &expr, VariableId variable) {
  return freeVariables(expr).count(variable) != 0;
}

bool isProduct(const Expr &expr) {
  return isApply(expr, "mul") || isApply(expr, "div");
}

/// Nodes whose operands are no places of their own although they are not sums or products.
bool isOpaqueNode(const Expr &expr) {
  return isComparison(expr) || isApply(expr, "mod") || isApply(expr, "floordiv") || isApply(expr, "not") ||
         isApply(expr, "and") || isApply(expr, "or");
}

struct Factor {
  ExprPtr *slot;
  bool isBelow;
};

void collectFactors(ExprPtr &slot, std::vector<Factor> &into) {
  if (isApply(*slot, "mul")) {
    for (ExprPtr &operand : slot->operands)
      collectFactors(operand, into);
  } else if (isApply(*slot, "div")) {
    collectFactors(slot->operands[0], into);
    into.push_back({&slot->operands[1], true});
  } else {
    into.push_back({&slot, false});
  }
}

std::size_t countCarrying(const Expr &product, VariableId variable) {
  if (isApply(product, "mul")) {
    std::size_t count = 0;
    for (const ExprPtr &operand : product.operands)
      count += countCarrying(*operand, variable);
    return count;
  }
  if (isApply(product, "div"))
    return countCarrying(*product.operands[0], variable) + carries(*product.operands[1], variable);
  return carries(product, variable);
}

Location locateInProduct(ExprPtr &slot, VariableId variable, Location sofar) {
  std::vector<Factor> factors;
  collectFactors(slot, factors);
  std::erase_if(factors, [&](const Factor &factor) { return !carries(**factor.slot, variable); });
  if (factors.size() > 1) {
    if (!sofar.isOpaque) {
      sofar.kind = Location::Kind::Slot;
      sofar.slot = &slot;
      sofar.isProduct = true;
    }
    return sofar;
  }
  if (factors[0].isBelow && !sofar.below)
    sofar.below = factors[0].slot->get();
  ExprPtr *inner = factors[0].slot;
  while (isApply(**inner, "neg"))
    inner = &(*inner)->operands[0];
  if (isApply(**inner, "add") && sofar.splitsSums && !sofar.below && !sofar.isOpaque) {
    sofar.kind = Location::Kind::Inside;
    return sofar;
  }
  return locate(*inner, variable, sofar);
}

Location locateInPower(ExprPtr &slot, VariableId variable, Location sofar) {
  bool inBase = carries(*slot->operands[0], variable), inExponent = carries(*slot->operands[1], variable);
  if (inBase && !sofar.isOpaque) {
    sofar.kind = Location::Kind::Slot;
    sofar.slot = &slot;
  }
  if (inBase && inExponent)
    return sofar;
  if (inExponent && !sofar.below)
    sofar.below = slot->operands[1].get();
  return locate(slot->operands[inBase ? 0 : 1], variable, sofar);
}

} // namespace

bool contracts(const Expr &expr, VariableId variable) {
  if (isProduct(expr) && countCarrying(expr, variable) > 1)
    return true;
  if (expr.kind == Expr::Kind::Project &&
      std::find(expr.variables.begin(), expr.variables.end(), variable) != expr.variables.end())
    return false;
  return std::any_of(expr.operands.begin(), expr.operands.end(),
                     [&](const ExprPtr &operand) { return contracts(*operand, variable); });
}

/// Within an index position only arguments of functions and bodies of reductions are places.
static Location locateInIndices(Expr &expr, VariableId variable, Location sofar) {
  std::vector<IndexExpr *> carrying;
  for (IndexExpr &index : expr.indices) {
    std::set<VariableId> mentioned;
    addVariables(index, mentioned);
    if (mentioned.count(variable))
      carrying.push_back(&index);
  }
  if (carrying.size() != 1 || !carrying[0]->value)
    return sofar;
  Location inside = sofar;
  inside.isOpaque = true;
  inside = locate(carrying[0]->value, variable, inside);
  if (inside.kind == Location::Kind::Inside)
    sofar.kind = Location::Kind::Inside;
  return sofar;
}

Location locate(ExprPtr &slot, VariableId variable, Location sofar) {
  Expr &expr = *slot;
  if (!expr.indices.empty() && expr.operands.empty())
    return locateInIndices(expr, variable, sofar);
  if (expr.operands.empty())
    return sofar;
  if (isProduct(expr))
    return locateInProduct(slot, variable, sofar);
  if (isApply(expr, "pow"))
    return locateInPower(slot, variable, sofar);
  std::vector<ExprPtr *> carrying;
  for (ExprPtr &operand : expr.operands)
    if (carries(*operand, variable))
      carrying.push_back(&operand);
  bool isTransparent = isApply(expr, "add") || isApply(expr, "neg");
  sofar.isOpaque = sofar.isOpaque || isOpaqueNode(expr);
  if (carrying.size() != 1)
    return sofar;
  if (isTransparent || isOpaqueNode(expr))
    return locate(*carrying[0], variable, sofar);
  sofar.kind = Location::Kind::Inside;
  return sofar;
}

const Expr *contractionInside(const Expr &term, VariableId variable, bool alsoPowers) {
  // Every region is checked against the rest of the term: an occurrence outside it makes the contraction
  // ambiguous.
  const Expr *found = nullptr;
  std::function<void(const Expr &, bool)> visit = [&](const Expr &expr, bool isShared) {
    if (found || expr.operands.empty())
      return;
    bool isFunction =
        !isProduct(expr) && !isApply(expr, "add") && !isApply(expr, "neg") && !isOpaqueNode(expr);
    bool isRegion = isFunction && (alsoPowers || !isApply(expr, "pow"));
    std::size_t count = 0;
    for (const ExprPtr &operand : expr.operands)
      count += carries(*operand, variable);
    for (const ExprPtr &operand : expr.operands) {
      if (!carries(*operand, variable))
        continue;
      bool isElsewhere = isShared || count > 1;
      if (isRegion && isElsewhere && contracts(*operand, variable))
        found = operand.get();
      visit(*operand, isElsewhere);
    }
  };
  visit(term, false);
  return found;
}

void collectTerms(ExprPtr expr, bool isNegative, std::vector<SignedTerm> &into) {
  if (isApply(*expr, "add")) {
    for (ExprPtr &operand : expr->operands)
      collectTerms(std::move(operand), isNegative, into);
  } else if (isApply(*expr, "neg")) {
    collectTerms(std::move(expr->operands[0]), !isNegative, into);
  } else {
    into.push_back({isNegative, std::move(expr)});
  }
}

ExprPtr joinTerms(std::vector<SignedTerm> terms, SourceRange range) {
  std::vector<ExprPtr> operands;
  for (SignedTerm &term : terms) {
    SourceRange place = term.value->range;
    operands.push_back(term.isNegative ? makeApply("neg", place, std::move(term.value))
                                       : std::move(term.value));
  }
  if (operands.size() == 1)
    return std::move(operands[0]);
  ExprPtr sum = makeApply("add", range);
  sum->operands = std::move(operands);
  return sum;
}

ExprPtr takeFactors(ExprPtr expr, const std::function<bool(const Expr &)> &wanted,
                    std::vector<ExprPtr> &into) {
  if (wanted(*expr)) {
    into.push_back(std::move(expr));
    return nullptr;
  }
  SourceRange range = expr->range;
  if (isApply(*expr, "mul")) {
    std::vector<ExprPtr> left;
    for (ExprPtr &operand : expr->operands)
      if (ExprPtr rest = takeFactors(std::move(operand), wanted, into))
        left.push_back(std::move(rest));
    if (left.size() < 2)
      return left.empty() ? nullptr : std::move(left[0]);
    expr->operands = std::move(left);
  } else if (isApply(*expr, "div") || isApply(*expr, "neg")) {
    ExprPtr rest = takeFactors(std::move(expr->operands[0]), wanted, into);
    expr->operands[0] = rest ? std::move(rest) : makeInteger(1, range);
  }
  return expr;
}

} // namespace tl::sema
