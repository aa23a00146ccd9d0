// Equations and rules of the text to checked equations.
#pragma once

#include "frontend/sema/Guards.h"

namespace tl::sema {

/// Appends to `TypedProgram::equations`. A statement gives one equation, except `concat` (one per argument)
/// and a Boolean sum of literals (one per term, as rules of one relation).
class Equations {
public:
  Equations(Names &names, TypedProgram &program, source::DiagnosticEngine &diagnostics)
      : names(names), program(program), diagnostics(diagnostics) {}

  void add(const ast::Equation &statement, SourceRange range);
  void add(const ast::Rule &statement, SourceRange range);
  /// `(W[k], V[i,k]) = eigh(A[i,j])`: one equation for each left side.
  void add(const ast::MultiAssign &statement, SourceRange range);

private:
  struct Draft;

  void addRightSide(const ast::Equation &statement, SourceRange range);
  void addConcat(const ast::Equation &statement, const ast::Call &call, SourceRange range);
  std::optional<std::size_t> joinedAxis(const Equation &equation, const std::set<VariableId> &inside,
                                        SourceRange range);
  static std::vector<VariableId> joinedVariables(const Equation &equation, const Expr &value);
  ExprPtr concatenation(Draft &draft, const ast::Call &call, SourceRange range);
  void addPart(const Equation &outer, TensorId tensor, const std::vector<VariableId> &axes, ExprPtr part,
               std::vector<EquationId> &earlier);
  void addBoolean(const ast::Equation &statement, SourceRange range, std::size_t term, std::size_t &count);
  ExprPtr leftAndRight(Draft &draft, const ast::Equation &statement);
  ExprPtr copied(Draft &draft, const ast::Equation &statement);
  void finish(Draft &draft);
  void checkMatrixGuards(const Equation &equation);
  void checkDots(const Scope &scope);
  void checkNormalizations(const Equation &equation);
  void drawForLeft(Equation &equation);

  Names &names;
  TypedProgram &program;
  source::DiagnosticEngine &diagnostics;
};

} // namespace tl::sema
