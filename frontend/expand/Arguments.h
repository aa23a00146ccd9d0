// What a call passes to a definition, before indices are matched.
#pragma once

#include "frontend/ast/Ast.h"

#include <string>
#include <vector>

namespace tl::expand {

/// One argument of a call.
struct Argument {
  enum class Form {
    Value,    ///< a number, a symbol or a name for a parameter without indices
    Whole,    ///< a bare name for a parameter with indices: the tensor as it is
    Direct,   ///< `X[i,j]`, all indices plain (or `*t`) and different: the tensor itself
    Computed, ///< everything else: a tensor of its own
  };
  Form form = Form::Computed;
  const ast::Expr *expr = nullptr;
  std::vector<std::string> variables; ///< the caller's, each once
  std::vector<source::SourceRange> places;
  bool isOrdered = false;        ///< `variables` are in the order of the parameter's indices
  source::SourceRange unnamed{}; ///< of a `_` or a slice, which no index of the definition can match
  bool hasUnnamed = false;
};

/// Variables of `expr` that no reduction inside it binds, in the order of the text.
Argument readArgument(const ast::Expr &expr, const ast::Head &parameter);

/// Whether `expr` is made of numbers, names and functions of them: it can stand wherever a number can.
bool isSimpleValue(const ast::Expr &expr);

} // namespace tl::expand
