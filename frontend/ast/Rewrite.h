// Copies of expressions, with parts replaced.
#pragma once

#include "frontend/ast/Ast.h"

#include <functional>

namespace tl::ast {

/// What to put in the place of parts while copying; a member that is not set replaces nothing.
struct Rewriter {
  /// The replacement of an expression, outside in; null to copy it and look inside.
  std::function<ExprPtr(const Expr &)> expression = {};
  /// Changes the name and indices of a copied access before its indices are looked into.
  std::function<void(Access &)> access = {};
};

/// A deep copy with replacements.
ExprPtr rewrite(const Expr &expr, const Rewriter &rewriter = {});
Index rewrite(const Index &index, const Rewriter &rewriter = {});

} // namespace tl::ast
