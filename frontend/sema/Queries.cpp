// What a program asks for.
#include "frontend/sema/Queries.h"

#include "frontend/ast/DerivativeName.h"
#include "frontend/sema/Needed.h"

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

std::string indexCount(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " index" : " indices");
}

std::string typeName(const TensorSymbol &tensor) {
  return tensor.kind == TensorKind::Relation ? "bool" : std::string(runtime::name(tensor.elementType));
}

/// Looks up both names of `dLoss/dW`; false when one of them is unknown.
bool resolveDerivative(const ast::Query &query, Query &result, const TypedProgram &program,
                       const Names &names, source::DiagnosticEngine &diagnostics) {
  std::vector<std::string> known;
  for (const TensorSymbol &tensor : program.tensors)
    known.push_back(tensor.name);
  auto isKnown = [&](const std::string &name, SourceRange range) {
    if (names.tensor(name))
      return true;
    auto &report = diagnostics.report(DiagnosticId::UnknownName, range, "no tensor is called '" + name + "'");
    if (std::optional<std::string> near = source::nearest(name, known))
      report.fix = source::Fix{range, *near, "did you mean '" + *near + "'?"};
    return false;
  };
  const bool isScalarKnown = isKnown(query.derived, query.derivedRange);
  if (!isKnown(query.head.name, query.head.nameRange) || !isScalarKnown)
    return false;
  result.derived = names.tensor(query.derived);
  result.derivedRange = query.derivedRange;
  return true;
}

/// What the positions of `head` select of its tensor.
Query select(const ast::Head &head, SourceRange range, const TypedProgram &program, Names &names,
             source::DiagnosticEngine &diagnostics) {
  Query result;
  result.range = range;
  result.text = head.name;
  result.tensor = *names.tensor(head.name);
  result.isBare = head.form == ast::Head::Form::Bare;
  const TensorSymbol &tensor = program.tensors[result.tensor];
  std::optional<std::size_t> virtualAxis = names.virtualAxis(result.tensor);
  bool hasVirtual = virtualAxis && head.indices.size() == names.arity(result.tensor);
  for (std::size_t k = 0; k < head.indices.size(); ++k) {
    const ast::Index &index = head.indices[k];
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
  result.kind = kindOf(head, result, tensor);
  return result;
}

/// Reports a derivative that does not exist.
class DerivativeCheck {
public:
  DerivativeCheck(const TypedProgram &program, source::DiagnosticEngine &diagnostics)
      : program(program), diagnostics(diagnostics) {}

  /// `scalarRange`: where the scalar is named.
  void operator()(TensorSymbol::Derivative derivative, SourceRange scalarRange, SourceRange range) const {
    const TensorSymbol &scalar = program.tensors[derivative.scalar],
                       &tensor = program.tensors[derivative.tensor];
    if (!scalar.axes.empty())
      refuse(scalarRange, "'" + scalar.name + "' has " + indexCount(scalar.axes.size()) +
                              ", but only a scalar can be derived")
          .hint = "sum it first: S = " + scalar.name + "[...]";
    else if (scalar.kind == TensorKind::Relation || !runtime::isFloat(scalar.elementType))
      refuse(scalarRange, "'" + scalar.name + "' is of type " + typeName(scalar) +
                              ", but only real numbers have derivatives");
    if (tensor.kind == TensorKind::Relation || !runtime::isFloat(tensor.elementType)) {
      auto &report = refuse(range, "a derivative by '" + tensor.name +
                                       "' needs real numbers, but it is of type " + typeName(tensor));
      report.labels.push_back({tensor.range, "defined here"});
      if (tensor.kind == TensorKind::Dense && !tensor.literals.empty())
        report.hint = "write one of its numbers with a point: 1.0";
    } else if (!readFrom(program, {derivative.scalar}).count(derivative.tensor)) {
      diagnostics.report(DiagnosticId::ZeroDerivative, range,
                         "'" + tensor.name + "' does not influence '" + scalar.name +
                             "', so the derivative is 0");
    }
  }

private:
  source::Diagnostic &refuse(SourceRange range, const std::string &message) const {
    return diagnostics.report(DiagnosticId::BadDerivative, range, message);
  }

  const TypedProgram &program;
  source::DiagnosticEngine &diagnostics;
};

} // namespace

void markDerivatives(TypedProgram &program) {
  for (TensorSymbol &tensor : program.tensors)
    if (auto names = ast::derivativeNames(tensor.name)) {
      std::optional<TensorId> scalar = program.find(names->first), by = program.find(names->second);
      if (scalar && by)
        tensor.derivative = {*scalar, *by};
    }
}

void checkDerivatives(const TypedProgram &program, source::DiagnosticEngine &diagnostics) {
  const DerivativeCheck check(program, diagnostics);
  for (const Query &query : program.queries)
    if (query.derived)
      check({*query.derived, query.tensor}, query.derivedRange, query.range);
  for (const TensorSymbol &tensor : program.tensors)
    if (tensor.derivative)
      check(*tensor.derivative, tensor.range, tensor.range);
}

void checkDerivativeOrder(const TypedProgram &program, source::DiagnosticEngine &diagnostics) {
  for (const Component &component : program.components)
    for (TensorId id : component.tensors)
      if (const TensorSymbol &tensor = program.tensors[id];
          tensor.derivative && component.kind != Component::Kind::Plain)
        diagnostics.report(DiagnosticId::BadDerivative, tensor.range,
                           "'" + program.tensors[tensor.derivative->scalar].name +
                               "' is computed from its own derivative");
}

void addQuery(const ast::Query &query, SourceRange range, TypedProgram &program, Names &names,
              source::DiagnosticEngine &diagnostics) {
  Query derivative;
  if (!query.derived.empty() && !resolveDerivative(query, derivative, program, names, diagnostics))
    return;
  Query asked = select(query.head, range, program, names, diagnostics);
  asked.text = query.text;
  if (derivative.derived) {
    asked.derived = derivative.derived;
    asked.derivedRange = derivative.derivedRange;
    asked.kind = Query::Kind::Tensor;
    if (!asked.isBare && query.head.indices.size() != names.arity(asked.tensor))
      diagnostics.report(DiagnosticId::ArityClash, query.head.range,
                         "'" + query.head.name + "' has " + indexCount(names.arity(asked.tensor)) +
                             ", this query gives " + std::to_string(query.head.indices.size()));
  }
  program.queries.push_back(std::move(asked));
}

void addWrite(const ast::Write &write, SourceRange range, TypedProgram &program, Names &names,
              source::DiagnosticEngine &diagnostics) {
  Query part = select(write.source, range, program, names, diagnostics);
  program.writes.push_back({write.path, range, part.tensor, std::move(part)});
}

} // namespace tl::sema
