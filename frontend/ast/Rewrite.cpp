// Copies of expressions, with parts replaced.
#include "frontend/ast/Rewrite.h"

namespace tl::ast {
namespace {

ExprPtr copied(const ExprPtr &expr, const Rewriter &rewriter) {
  return expr ? rewrite(*expr, rewriter) : nullptr;
}

std::vector<ExprPtr> copied(const std::vector<ExprPtr> &list, const Rewriter &rewriter) {
  std::vector<ExprPtr> result;
  for (const ExprPtr &expr : list)
    result.push_back(copied(expr, rewriter));
  return result;
}

/// One node, its operands copied.
struct Copy {
  const Rewriter &rewriter;

  using Node = decltype(Expr::node);
  Node operator()(const Number &node) const { return node; }
  Node operator()(const Text &node) const { return node; }
  Node operator()(const Variable &node) const { return node; }
  Node operator()(const Name &node) const { return node; }
  Node operator()(const Access &node) const {
    Access access{node.name, node.nameRange, node.hasParentheses, {}};
    for (const Index &index : node.indices)
      access.indices.push_back(rewrite(index));
    if (rewriter.access)
      rewriter.access(access);
    for (Index &index : access.indices)
      index = rewrite(index, rewriter);
    return access;
  }
  Node operator()(const Call &node) const {
    Call call{node.function, node.nameRange, copied(node.arguments, rewriter), {}};
    for (const NamedArgument &argument : node.named)
      call.named.push_back({argument.name, copied(argument.value, rewriter), argument.nameRange});
    return call;
  }
  Node operator()(const Reduction &node) const {
    return Reduction{node.kind, node.indices, node.indexRanges, copied(node.body, rewriter)};
  }
  Node operator()(const Negation &node) const { return Negation{copied(node.operand, rewriter)}; }
  Node operator()(const Sum &node) const {
    Sum sum;
    for (const Sum::Term &term : node.terms)
      sum.terms.push_back({term.isNegative, copied(term.expr, rewriter)});
    return sum;
  }
  Node operator()(const Product &node) const {
    Product product;
    for (const Product::Factor &factor : node.factors)
      product.factors.push_back({factor.op, copied(factor.expr, rewriter)});
    return product;
  }
  Node operator()(const Power &node) const {
    return Power{copied(node.base, rewriter), copied(node.exponent, rewriter)};
  }
  Node operator()(const Comparison &node) const {
    return Comparison{node.op, copied(node.lhs, rewriter), copied(node.rhs, rewriter)};
  }
  Node operator()(const Not &node) const { return Not{copied(node.operand, rewriter)}; }
};

} // namespace

Index rewrite(const Index &index, const Rewriter &rewriter) {
  Index result;
  result.range = index.range;
  result.form = index.form;
  result.expr = copied(index.expr, rewriter);
  result.begin = copied(index.begin, rewriter);
  result.end = copied(index.end, rewriter);
  result.step = copied(index.step, rewriter);
  result.isDotted = index.isDotted;
  result.isVirtual = index.isVirtual;
  return result;
}

ExprPtr rewrite(const Expr &expr, const Rewriter &rewriter) {
  if (rewriter.expression)
    if (ExprPtr replacement = rewriter.expression(expr))
      return replacement;
  auto result = std::make_unique<Expr>();
  result->range = expr.range;
  result->node = std::visit(Copy{rewriter}, expr.node);
  return result;
}

} // namespace tl::ast
