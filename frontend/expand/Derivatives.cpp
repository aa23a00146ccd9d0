// Equations for derivatives.
#include "frontend/expand/Derivatives.h"

#include "frontend/ast/DerivativeName.h"
#include "frontend/ast/Walk.h"
#include "frontend/expand/Syntax.h"

#include <map>
#include <set>

namespace tl::expand {
namespace {

using ast::ExprPtr;
using source::DiagnosticId;

/// A read of a derivative: where, and with how many indices.
struct Read {
  source::SourceRange range;
  std::size_t arity = 0;
};

class Collector {
public:
  void add(ast::Statement &statement) {
    std::visit(
        [this](const auto &node) {
          if constexpr (requires { node.head.name; })
            mentioned.insert(node.head.name);
        },
        statement.node);
    if (const auto *block = std::get_if<ast::FactBlock>(&statement.node))
      mentioned.insert(block->name);
    if (const auto *several = std::get_if<ast::MultiAssign>(&statement.node))
      for (const ast::Head &head : several->heads)
        mentioned.insert(head.name);
    ast::forEachExpression(statement, [this](ExprPtr &expr) { add(*expr); });
  }

  std::map<std::string, Read> derivatives;
  std::set<std::string> mentioned;

private:
  void add(ast::Expr &expr) {
    if (const auto *name = std::get_if<ast::Name>(&expr.node))
      note(name->name, {expr.range, 0});
    if (const auto *access = std::get_if<ast::Access>(&expr.node))
      note(access->name, {access->nameRange, access->indices.size()});
    ast::forEachPart(expr, [this](ExprPtr &part, bool) { add(*part); });
  }

  void note(const std::string &name, Read read) {
    if (ast::derivativeNames(name))
      derivatives.try_emplace(name, read);
    else
      mentioned.insert(name);
  }
};

ast::Statement equationOf(const std::string &name, const Read &read) {
  const auto [scalar, tensor] = *ast::derivativeNames(name);
  Syntax syntax(read.range);
  std::vector<std::string> variables;
  for (std::size_t axis = 0; axis < read.arity; ++axis)
    variables.push_back("i" + std::to_string(axis));
  ExprPtr loss =
      syntax.binary(syntax.element(std::string(scalar), {}), ast::Product::Op::Multiply, syntax.integer(0));
  return syntax.equation(
      name, syntax.variables(variables), ast::AssignOp::Assign,
      syntax.element(std::string(tensor), syntax.variables(variables)),
      syntax.list(syntax.compare(std::move(loss), ast::CompareOp::LessEqual, syntax.integer(0))));
}

} // namespace

bool expandDerivatives(ast::Program &program, source::DiagnosticEngine &diagnostics) {
  Collector found;
  for (ast::Statement &statement : program.statements)
    found.add(statement);
  if (found.derivatives.empty())
    return true;
  const std::vector<std::string> known(found.mentioned.begin(), found.mentioned.end());
  bool isRight = true;
  for (const auto &[name, read] : found.derivatives) {
    const auto [scalar, tensor] = *ast::derivativeNames(name);
    for (std::string_view part : {scalar, tensor}) {
      if (found.mentioned.contains(std::string(part)))
        continue;
      auto &report = diagnostics.report(DiagnosticId::UnknownName, read.range,
                                        "no tensor is called '" + std::string(part) + "'");
      if (std::optional<std::string> near = source::nearest(part, known))
        report.hint = "did you mean '" + *near + "'?";
      isRight = false;
    }
    program.statements.push_back(equationOf(name, read));
  }
  return isRight;
}

} // namespace tl::expand
