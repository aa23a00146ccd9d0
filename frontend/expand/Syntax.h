// Short ways to make syntax.
#pragma once

#include "frontend/ast/Ast.h"

#include <string>
#include <utility>
#include <vector>

namespace tl::expand {

/// Makes syntax that all stands at one place of the program. Names that no text can hold are allowed.
class Syntax {
public:
  explicit Syntax(source::SourceRange place) : place(place) {}

  template <typename Node> ast::ExprPtr make(Node node) const {
    auto expr = std::make_unique<ast::Expr>();
    expr->range = place;
    expr->node = std::move(node);
    return expr;
  }
  ast::ExprPtr variable(const std::string &name) const { return make(ast::Variable{name}); }
  ast::ExprPtr integer(std::int64_t value) const {
    return make(ast::Number{static_cast<double>(value), value, true});
  }
  ast::ExprPtr real(double value) const { return make(ast::Number{value, 0, false}); }
  template <typename... Parts> std::vector<ast::ExprPtr> list(Parts... parts) const {
    std::vector<ast::ExprPtr> all;
    (all.push_back(std::move(parts)), ...);
    return all;
  }
  std::vector<ast::ExprPtr> variables(const std::vector<std::string> &names) const {
    std::vector<ast::ExprPtr> all;
    for (const std::string &name : names)
      all.push_back(variable(name));
    return all;
  }
  ast::Index index(ast::ExprPtr expr) const {
    ast::Index index;
    index.range = place;
    index.expr = std::move(expr);
    return index;
  }
  /// `Name(positions)`, or `Name` alone without positions.
  ast::ExprPtr atom(const std::string &name, std::vector<ast::ExprPtr> positions) const {
    return access(name, std::move(positions), true);
  }
  /// `Name[positions]`, or `Name` alone without positions.
  ast::ExprPtr element(const std::string &name, std::vector<ast::ExprPtr> positions) const {
    return access(name, std::move(positions), false);
  }
  ast::ExprPtr compare(ast::ExprPtr lhs, ast::CompareOp op, ast::ExprPtr rhs) const {
    return make(ast::Comparison{op, std::move(lhs), std::move(rhs)});
  }
  ast::ExprPtr product(std::vector<ast::ExprPtr> factors) const {
    if (factors.size() == 1)
      return std::move(factors[0]);
    ast::Product product;
    for (ast::ExprPtr &factor : factors)
      product.factors.push_back({ast::Product::Op::Multiply, std::move(factor)});
    return make(std::move(product));
  }
  ast::ExprPtr binary(ast::ExprPtr lhs, ast::Product::Op op, ast::ExprPtr rhs) const {
    ast::Product product;
    product.factors.push_back({ast::Product::Op::Multiply, std::move(lhs)});
    product.factors.push_back({op, std::move(rhs)});
    return make(std::move(product));
  }
  ast::ExprPtr difference(ast::ExprPtr lhs, ast::ExprPtr rhs) const {
    ast::Sum sum;
    sum.terms.push_back({false, std::move(lhs)});
    sum.terms.push_back({true, std::move(rhs)});
    return make(std::move(sum));
  }
  ast::ExprPtr call(const std::string &function, std::vector<ast::ExprPtr> arguments) const {
    ast::Call call;
    call.function = function;
    call.nameRange = place;
    call.arguments = std::move(arguments);
    return make(std::move(call));
  }
  ast::Head head(const std::string &name, ast::Head::Form form, std::vector<ast::ExprPtr> positions) const {
    ast::Head head;
    head.range = head.nameRange = place;
    head.name = name;
    head.form = positions.empty() ? ast::Head::Form::Bare : form;
    for (ast::ExprPtr &position : positions)
      head.indices.push_back(index(std::move(position)));
    if (positions.empty() && form == ast::Head::Form::Parentheses)
      head.form = form;
    return head;
  }
  ast::Statement rule(const std::string &name, std::vector<ast::ExprPtr> positions,
                      std::vector<ast::ExprPtr> body) const {
    return {place,
            ast::Rule{head(name, ast::Head::Form::Parentheses, std::move(positions)), std::move(body)}};
  }
  ast::Statement equation(const std::string &name, std::vector<ast::ExprPtr> positions, ast::AssignOp op,
                          ast::ExprPtr value, std::vector<ast::ExprPtr> guards = {}) const {
    return {place, ast::Equation{head(name, ast::Head::Form::Brackets, std::move(positions)), op,
                                 std::move(value), std::move(guards)}};
  }

private:
  ast::ExprPtr access(const std::string &name, std::vector<ast::ExprPtr> positions, bool isAtom) const {
    if (positions.empty() && !isAtom)
      return make(ast::Name{name});
    ast::Access access;
    access.name = name;
    access.nameRange = place;
    access.hasParentheses = isAtom;
    for (ast::ExprPtr &position : positions)
      access.indices.push_back(index(std::move(position)));
    return make(std::move(access));
  }

  source::SourceRange place;
};

} // namespace tl::expand
