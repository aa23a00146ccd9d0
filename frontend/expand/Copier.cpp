// Copying syntax node by node.
#include "frontend/expand/Copier.h"

#include "frontend/ast/Walk.h"

namespace tl::expand {

using ast::ExprPtr;
using source::SourceRange;

namespace {

ExprPtr variableAt(const std::string &name, SourceRange range) {
  return std::make_unique<ast::Expr>(ast::Expr{range, ast::Variable{name}});
}

void setPlaces(ast::Expr &expr, SourceRange place) {
  expr.range = place;
  if (auto *access = std::get_if<ast::Access>(&expr.node)) {
    access->nameRange = place;
    for (ast::Index &index : access->indices)
      index.range = place;
  } else if (auto *call = std::get_if<ast::Call>(&expr.node)) {
    call->nameRange = place;
  } else if (auto *reduction = std::get_if<ast::Reduction>(&expr.node)) {
    for (SourceRange &range : reduction->indexRanges)
      range = place;
  }
  ast::forEachPart(expr, [&](ExprPtr &part, bool) { setPlaces(*part, place); });
}

} // namespace

/// One alternative of an expression each.
struct NodeCopier {
  const Copier &copier;
  using Node = decltype(ast::Expr::node);

  Node operator()(const ast::Number &number) { return number; }
  Node operator()(const ast::Text &text) { return text; }
  Node operator()(const ast::Variable &variable) { return variable; }
  Node operator()(const ast::Name &name) { return ast::Name{copier.tensor(name.name)}; }
  /// Brackets that held only a `...` without indices go.
  Node operator()(const ast::Access &access) {
    std::vector<ast::Index> indices = copier.indices(access.name, access.indices);
    if (indices.empty() && !access.hasParentheses)
      return ast::Name{copier.tensor(access.name)};
    return ast::Access{copier.tensor(access.name), copier.range(access.nameRange), access.hasParentheses,
                       std::move(indices)};
  }
  Node operator()(const ast::Call &call) {
    return ast::Call{call.function, copier.range(call.nameRange), copier.exprs(call.arguments),
                     copier.named(call.named)};
  }
  Node operator()(const ast::Reduction &reduction) {
    std::vector<SourceRange> ranges;
    for (SourceRange range : reduction.indexRanges)
      ranges.push_back(copier.range(range));
    return ast::Reduction{reduction.kind, reduction.indices, std::move(ranges), copier.expr(*reduction.body)};
  }
  Node operator()(const ast::Negation &negation) { return ast::Negation{copier.expr(*negation.operand)}; }
  Node operator()(const ast::Sum &sum) {
    ast::Sum copy;
    for (const ast::Sum::Term &term : sum.terms)
      copy.terms.push_back({term.isNegative, copier.expr(*term.expr)});
    return copy;
  }
  Node operator()(const ast::Product &product) {
    ast::Product copy;
    for (const ast::Product::Factor &factor : product.factors)
      copy.factors.push_back({factor.op, copier.expr(*factor.expr)});
    return copy;
  }
  Node operator()(const ast::Power &power) {
    return ast::Power{copier.expr(*power.base), copier.expr(*power.exponent)};
  }
  Node operator()(const ast::Comparison &comparison) {
    return ast::Comparison{comparison.op, copier.expr(*comparison.lhs), copier.expr(*comparison.rhs)};
  }
  Node operator()(const ast::Not &negated) { return ast::Not{copier.expr(*negated.operand)}; }
};

SourceRange Copier::range(SourceRange range) const {
  return {substitution.file, range.begin, range.end};
}

std::string Copier::tensor(const std::string &name) const {
  auto found = substitution.tensors.find(name);
  return found == substitution.tensors.end() ? name : found->second;
}

ExprPtr Copier::expr(const ast::Expr &expr) const {
  const auto *variable = std::get_if<ast::Variable>(&expr.node);
  const auto *name = std::get_if<ast::Name>(&expr.node);
  if (variable || name) {
    auto value = substitution.values.find(variable ? variable->name : name->name);
    if (value != substitution.values.end())
      return copyAt(*value->second, range(expr.range));
  }
  return std::make_unique<ast::Expr>(ast::Expr{range(expr.range), std::visit(NodeCopier{*this}, expr.node)});
}

ExprPtr Copier::optional(const ExprPtr &expr) const {
  return expr ? this->expr(*expr) : nullptr;
}

std::vector<ExprPtr> Copier::exprs(const std::vector<ExprPtr> &exprs) const {
  std::vector<ExprPtr> copies;
  for (const ExprPtr &expr : exprs)
    copies.push_back(this->expr(*expr));
  return copies;
}

std::vector<ast::NamedArgument> Copier::named(const std::vector<ast::NamedArgument> &arguments) const {
  std::vector<ast::NamedArgument> copies;
  for (const ast::NamedArgument &argument : arguments)
    copies.push_back({argument.name, expr(*argument.value)});
  return copies;
}

std::vector<ast::Index> Copier::indices(const std::string &tensor,
                                        const std::vector<ast::Index> &indices) const {
  std::vector<ast::Index> copies;
  for (const ast::Index &index : indices) {
    SourceRange place = range(index.range);
    if (index.form != ast::Index::Form::Group) {
      copies.push_back({place, index.form, optional(index.expr), optional(index.begin), optional(index.end),
                        optional(index.step), index.isDotted, index.isVirtual});
      continue;
    }
    auto own = substitution.groups.find(tensor);
    for (const std::string &variable : own == substitution.groups.end() ? substitution.group : own->second) {
      copies.emplace_back();
      copies.back().range = place;
      copies.back().expr = variableAt(variable, place);
    }
  }
  if (auto state = substitution.states.find(tensor); state != substitution.states.end())
    copies[state->second].isVirtual = true;
  return copies;
}

ast::Head Copier::head(const ast::Head &head) const {
  ast::Head copy{range(head.range), range(head.nameRange), tensor(head.name), head.form,
                 indices(head.name, head.indices)};
  if (copy.indices.empty() && copy.form == ast::Head::Form::Brackets)
    copy.form = ast::Head::Form::Bare;
  return copy;
}

ast::Statement Copier::statement(const ast::Statement &statement) const {
  ast::Statement copy;
  copy.range = range(statement.range);
  if (const auto *equation = std::get_if<ast::Equation>(&statement.node)) {
    copy.node =
        ast::Equation{head(equation->head), equation->op, expr(*equation->value), exprs(equation->guards)};
  } else if (const auto *rule = std::get_if<ast::Rule>(&statement.node)) {
    copy.node = ast::Rule{head(rule->head), exprs(rule->body)};
  } else if (const auto *literal = std::get_if<ast::Literal>(&statement.node)) {
    copy.node = ast::Literal{head(literal->head), literal->shape,       literal->values,
                             literal->integers,   literal->allIntegers, literal->isParam};
  } else if (const auto *fact = std::get_if<ast::Fact>(&statement.node)) {
    copy.node = ast::Fact{head(fact->head), fact->probability,
                          fact->chance ? std::optional(head(*fact->chance)) : std::nullopt};
  } else if (const auto *declaration = std::get_if<ast::TensorDeclaration>(&statement.node)) {
    ast::TensorDeclaration declared{head(declaration->head), declaration->axes, declaration->elementType,
                                    declaration->isParam, optional(declaration->initializer)};
    for (ast::DeclaredAxis &axis : declared.axes)
      axis = {range(axis.range), axis.variable, axis.extent, tensor(axis.domain)};
    copy.node = std::move(declared);
  } else if (const auto *assign = std::get_if<ast::MultiAssign>(&statement.node)) {
    ast::MultiAssign assigned;
    for (const ast::Head &result : assign->heads)
      assigned.heads.push_back(head(result));
    assigned.value = expr(*assign->value);
    copy.node = std::move(assigned);
  }
  return copy;
}

ExprPtr copy(const ast::Expr &expr) {
  Substitution same;
  same.file = expr.range.file;
  return Copier(same).expr(expr);
}

ExprPtr copyAt(const ast::Expr &expr, SourceRange place) {
  ExprPtr placed = copy(expr);
  setPlaces(*placed, place);
  return placed;
}

} // namespace tl::expand
