// One rule as a contraction in embedding space.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

#include <map>
#include <optional>

namespace tl::expand {

/// What `embed` says of a relation, and what the program does.
struct EmbeddedRelation {
  source::SourceRange range; ///< of the directive
  const ast::Expr *dimension = nullptr, *temperature = nullptr;
  bool isOrthonormal = false;
  std::string given;   ///< the tensor that holds the embeddings, when the program has one
  std::string triples; ///< the tensor that holds all relations of the directive; empty: each has its own
  std::optional<std::size_t> arity;
  std::vector<std::size_t> nodes;  ///< by position: while grouping
  std::vector<std::string> spaces; ///< by position: the tensor of embeddings
  bool hasFacts = false;
};
using EmbeddedRelations = std::map<std::string, EmbeddedRelation, std::less<>>;

/// `EmbR`, `SoftR`, and the relation that holds what is given of R.
std::string embeddedName(const std::string &relation);
std::string softName(const std::string &relation);
std::string factsName(const std::string &relation);

/// All embedded relations, and the rule's number among their rules.
struct EmbeddedRule {
  const EmbeddedRelations &relations;
  std::size_t number;
};

/// Adds the equations of a rule that reads some embedded relation: products of two factors at a time, then
/// the score of each row, then the sigmoid.
void expandRule(ast::Rule rule, source::SourceRange range, const EmbeddedRule &context,
                std::vector<ast::Statement> &into, source::DiagnosticEngine &diagnostics);

} // namespace tl::expand
