// Guards and rule bodies: what an equation's assignments must satisfy.
#pragma once

#include "frontend/sema/Expressions.h"

namespace tl::sema {

/// Builds `Equation::guards`. The head and the terms must be there already: whether `v = expression` binds or
/// compares, and which variables are existential, depends on them.
class Guards {
public:
  Guards(TypedProgram &program, source::DiagnosticEngine &diagnostics, Scope &scope, Expressions &expressions)
      : program(program), diagnostics(diagnostics), scope(scope), equation(scope.equation),
        expressions(expressions) {}

  void add(const std::vector<ast::ExprPtr> &literals);
  /// After everything is in place: existential groups or projected variables, and which variables literals
  /// generate.
  void finish();

private:
  using Variables = std::set<VariableId>;

  Guard literal(const ast::Expr &expr);
  Guard negation(const ast::Expr &operand, SourceRange range);
  Guard holds(ExprPtr condition);
  bool tryBind(const ast::Comparison &comparison, SourceRange range, Variables &bound);
  bool tryBindSide(const ast::Expr &side, const ast::Expr &other, SourceRange range, Variables &bound);
  bool trySolve(std::size_t position, Variables &bound);
  void bindAndCompare(std::vector<const ast::Expr *> equalities);
  Variables boundVariables() const;
  Variables usedVariables() const;
  void reportPrivateNegations();
  void reportFunctions(std::size_t from);
  void groupExistential();
  void projectFree();
  void markGenerated();

  TypedProgram &program;
  source::DiagnosticEngine &diagnostics;
  Scope &scope;
  Equation &equation;
  Expressions &expressions;
};

/// Reports every variable of a rule that nothing in its body binds.
void checkRangeRestriction(const Equation &rule, const TypedProgram &program,
                           source::DiagnosticEngine &diagnostics);
/// Variables that a comparison with bound operands bounds from above: `i < 10`.
std::set<VariableId> boundedByComparison(const Equation &equation, std::set<VariableId> bound);

} // namespace tl::sema
