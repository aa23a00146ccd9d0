// Visiting the parts of an expression.
#pragma once

#include "frontend/ast/Ast.h"

namespace tl::ast {

/// Calls `visit` with every direct part of `expr`, in source order; index positions count.
template <class Visit> void forEachPart(const Expr &expr, Visit visit);

/// The same for one position of a tensor.
template <class Visit> void forEachPart(const Index &index, Visit visit) {
  for (const ExprPtr *part : {&index.expr, &index.begin, &index.end, &index.step})
    if (*part)
      visit(**part);
}

template <class Visit> struct PartVisitor {
  Visit visit;
  void operator()(const Number &) {}
  void operator()(const Text &) {}
  void operator()(const Variable &) {}
  void operator()(const Name &) {}
  void operator()(const Access &access) {
    for (const Index &index : access.indices)
      forEachPart(index, visit);
  }
  void operator()(const Call &call) {
    for (const ExprPtr &argument : call.arguments)
      visit(*argument);
    for (const NamedArgument &argument : call.named)
      visit(*argument.value);
  }
  void operator()(const Reduction &reduction) { visit(*reduction.body); }
  void operator()(const Negation &negation) { visit(*negation.operand); }
  void operator()(const Sum &sum) {
    for (const Sum::Term &term : sum.terms)
      visit(*term.expr);
  }
  void operator()(const Product &product) {
    for (const Product::Factor &factor : product.factors)
      visit(*factor.expr);
  }
  void operator()(const Power &power) {
    visit(*power.base);
    visit(*power.exponent);
  }
  void operator()(const Comparison &comparison) {
    visit(*comparison.lhs);
    visit(*comparison.rhs);
  }
  void operator()(const Not &negation) { visit(*negation.operand); }
};

template <class Visit> void forEachPart(const Expr &expr, Visit visit) {
  std::visit(PartVisitor<Visit>{visit}, expr.node);
}

} // namespace tl::ast
