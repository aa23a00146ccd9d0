// Deep copies of checked expressions and guards.
#pragma once

#include "frontend/sema/TypedProgram.h"

namespace tl::sema {

/// A copy that shares nothing with the original.
ExprPtr clone(const Expr &expr);
IndexExpr clone(const IndexExpr &index);
Guard clone(const Guard &guard);
std::vector<IndexExpr> clone(const std::vector<IndexExpr> &indices);
std::vector<Guard> clone(const std::vector<Guard> &guards);

} // namespace tl::sema
