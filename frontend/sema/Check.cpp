// The steps of checking, in order.
#include "frontend/sema/Check.h"

#include "frontend/sema/AxisClasses.h"
#include "frontend/sema/Draws.h"
#include "frontend/sema/Equations.h"
#include "frontend/sema/Learning.h"
#include "frontend/sema/Order.h"
#include "frontend/sema/Queries.h"
#include "frontend/sema/Reads.h"
#include "frontend/sema/Types.h"
#include "frontend/sema/Warnings.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

namespace {

/// How many results the function called by `value` has; 0 when it is no such call.
std::size_t resultCount(const ast::Expr &value) {
  const auto *call = std::get_if<ast::Call>(&value.node);
  if (!call)
    return 0;
  return call->function == "eigh" ? 2 : call->function == "svd" ? 3 : 0;
}

/// Statements of the language that this version does not run; null for the others.
const char *unsupported(const ast::Statement &statement) {
  if (const auto *several = std::get_if<ast::MultiAssign>(&statement.node))
    if (resultCount(*several->value) != several->heads.size())
      return "a call with several results is not supported yet";
  return nullptr;
}

/// False when some statement cannot be run; checking the rest would only report its consequences.
bool checkSupported(const ast::Program &program, source::DiagnosticEngine &diagnostics) {
  bool isSupported = true;
  for (const ast::Statement &statement : program.statements)
    if (const char *message = unsupported(statement)) {
      diagnostics.report(DiagnosticId::NotSupportedYet, statement.range, message);
      isSupported = false;
    }
  return isSupported;
}

} // namespace

std::optional<TypedProgram> check(const ast::Program &ast, const CheckOptions &options,
                                  source::DiagnosticEngine &diagnostics) {
  if (!checkSupported(ast, diagnostics))
    return std::nullopt;
  TypedProgram program;
  Names names(ast, options, program, diagnostics);
  names.collect();
  const bool learns = std::any_of(ast.statements.begin(), ast.statements.end(), [](const ast::Statement &one) {
    return std::holds_alternative<ast::Learn>(one.node);
  });
  if (!learns)
    names.reportUndefined();
  // Positions of a tensor of two arities mean nothing; classes and types would only report consequences.
  const bool hasNames = !diagnostics.hasErrors();
  Equations equations(names, program, diagnostics);
  for (const ast::Statement &statement : ast.statements) {
    if (const auto *equation = std::get_if<ast::Equation>(&statement.node))
      equations.add(*equation, statement.range);
    else if (const auto *rule = std::get_if<ast::Rule>(&statement.node))
      equations.add(*rule, statement.range);
    else if (const auto *several = std::get_if<ast::MultiAssign>(&statement.node))
      equations.add(*several, statement.range);
    else if (const auto *query = std::get_if<ast::Query>(&statement.node))
      addQuery(*query, statement.range, program, names, diagnostics);
    else if (const auto *write = std::get_if<ast::Write>(&statement.node))
      addWrite(*write, statement.range, program, names, diagnostics);
  }
  if (!hasNames)
    return std::nullopt;
  warnAboutVariables(ast, diagnostics);
  numberDraws(program);
  for (Equation &equation : program.equations)
    collectReads(equation);
  markDerivatives(program);
  AxisClasses(program, diagnostics).join();
  assignTypes(program, names, options, diagnostics);
  checkDerivatives(program, diagnostics);
  if (learns) {
    addLearning(ast, program, names, options, diagnostics);
    names.reportUndefined(); // what is learnt is defined by that
  }
  if (diagnostics.hasErrors() || !order(program, diagnostics))
    return std::nullopt;
  checkDerivativeOrder(program, diagnostics);
  if (diagnostics.hasErrors())
    return std::nullopt;
  return program;
}

} // namespace tl::sema
