// Copies of a definition's text in which its names stand for those of a call.
#pragma once

#include "frontend/ast/Ast.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tl::expand {

/// What the names of a definition stand for in one expansion.
struct Substitution {
  std::uint32_t file = 0; ///< of every place in the copy
  std::map<std::string, std::string, std::less<>> tensors;
  /// Options, and arguments that are a number or a symbol.
  std::map<std::string, ast::ExprPtr, std::less<>> values;
  std::vector<std::string> group; ///< the variables of `...`
  /// Those of `...` after the name of one argument, in the argument's own order.
  std::map<std::string, std::vector<std::string>, std::less<>> groups;
  /// Positions of an argument that the call reads as the states of a virtual index.
  std::map<std::string, std::size_t, std::less<>> states;
};

/// Copies syntax under a substitution. A name that it does not mention stays.
class Copier {
public:
  explicit Copier(const Substitution &substitution) : substitution(substitution) {}

  ast::ExprPtr expr(const ast::Expr &expr) const;
  ast::Head head(const ast::Head &head) const;
  /// An equation, rule, fact, literal, declaration or call with several results.
  ast::Statement statement(const ast::Statement &statement) const;

private:
  friend struct NodeCopier;
  source::SourceRange range(source::SourceRange range) const;
  std::string tensor(const std::string &name) const;
  std::vector<ast::Index> indices(const std::string &tensor, const std::vector<ast::Index> &indices) const;
  ast::ExprPtr optional(const ast::ExprPtr &expr) const;
  std::vector<ast::ExprPtr> exprs(const std::vector<ast::ExprPtr> &exprs) const;
  std::vector<ast::NamedArgument> named(const std::vector<ast::NamedArgument> &arguments) const;

  const Substitution &substitution;
};

/// A copy as it is; every part of `expr` stands in one file.
ast::ExprPtr copy(const ast::Expr &expr);

/// A copy whose every part stands at `place`, so that a message about it points where it is used.
ast::ExprPtr copyAt(const ast::Expr &expr, source::SourceRange place);

} // namespace tl::expand
