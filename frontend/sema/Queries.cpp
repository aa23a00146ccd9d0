// What a program asks for.
#include "frontend/sema/Queries.h"

namespace tl::sema {

using source::DiagnosticId;

namespace {

/// The value of a constant position; names count as integers where they are.
std::optional<std::int64_t> integerOf(const ast::Expr &expr, const Names &names) {
  if (const auto *name = std::get_if<ast::Name>(&expr.node))
    return names.integer(name->name);
  std::optional<Constant> value = evaluateConstant(expr, {});
  return value && value->isInteger ? std::optional(value->integer) : std::nullopt;
}

std::optional<QueryArgument> argument(const ast::Index &index, Names &names) {
  QueryArgument result;
  if (index.form != ast::Index::Form::Plain || index.isDotted)
    return std::nullopt;
  if (const auto *variable = std::get_if<ast::Variable>(&index.expr->node)) {
    result.kind = variable->name == "_" ? QueryArgument::Kind::Wildcard : QueryArgument::Kind::Variable;
    result.text = variable->name;
  } else if (std::optional<std::int64_t> value = integerOf(*index.expr, names)) {
    result.kind = QueryArgument::Kind::Integer;
    result.integer = *value;
    result.text = std::to_string(*value);
  } else if (const auto *name = std::get_if<ast::Name>(&index.expr->node)) {
    names.noteSymbol(name->name, index.range);
    result.kind = QueryArgument::Kind::Symbol;
    result.text = name->name;
  } else if (const auto *text = std::get_if<ast::Text>(&index.expr->node)) {
    result.kind = QueryArgument::Kind::Symbol;
    result.text = text->text;
  } else {
    return std::nullopt;
  }
  return result;
}

Query::Kind kindOf(const ast::Head &head, const Query &query, const TensorSymbol &tensor) {
  if (head.form == ast::Head::Form::Brackets)
    return Query::Kind::Tensor;
  if (head.form == ast::Head::Form::Bare)
    return tensor.onlyParentheses
               ? (tensor.axes.empty() && !tensor.isRankUnknown ? Query::Kind::Truth : Query::Kind::Relation)
               : Query::Kind::Tensor;
  for (const QueryArgument &argument : query.arguments)
    if (argument.kind == QueryArgument::Kind::Variable)
      return Query::Kind::Relation;
  return Query::Kind::Truth;
}

} // namespace

void addQuery(const ast::Query &query, SourceRange range, TypedProgram &program, Names &names,
              source::DiagnosticEngine &diagnostics) {
  if (!query.derivative.empty()) {
    diagnostics.report(DiagnosticId::NotSupportedYet, range, "a query for a derivative is not supported yet");
    return;
  }
  Query result;
  result.text = query.text;
  result.range = range;
  result.tensor = *names.tensor(query.head.name);
  result.isBare = query.head.form == ast::Head::Form::Bare;
  const TensorSymbol &tensor = program.tensors[result.tensor];
  std::optional<std::size_t> virtualAxis = names.virtualAxis(result.tensor);
  bool hasVirtual = virtualAxis && query.head.indices.size() == names.arity(result.tensor);
  for (std::size_t k = 0; k < query.head.indices.size(); ++k) {
    const ast::Index &index = query.head.indices[k];
    if (hasVirtual && k == *virtualAxis) {
      if (!index.expr || !std::holds_alternative<ast::Variable>(index.expr->node))
        diagnostics.report(DiagnosticId::BadQuery, index.range,
                           "'" + tensor.name + "' keeps only its last state, a query cannot ask for another");
      continue;
    }
    std::optional<QueryArgument> known = argument(index, names);
    if (known)
      result.arguments.push_back(std::move(*known));
    else
      diagnostics.report(DiagnosticId::BadQuery, index.range,
                         "a query has variables, '_', integers and symbols in its positions");
  }
  result.kind = kindOf(query.head, result, tensor);
  program.queries.push_back(std::move(result));
}

void addWrite(const ast::Write &write, SourceRange range, TypedProgram &program, const Names &names,
              source::DiagnosticEngine &diagnostics) {
  if (write.source.form != ast::Head::Form::Bare)
    diagnostics
        .report(DiagnosticId::NotSupportedYet, write.source.range,
                "writing a part of a tensor to a file is not supported yet")
        .hint = "write the whole tensor by its bare name";
  program.writes.push_back({write.path, range, *names.tensor(write.source.name)});
}

} // namespace tl::sema
