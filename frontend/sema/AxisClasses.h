// Joining axes into classes that share one extent or one domain.
#pragma once

#include "frontend/sema/Names.h"

namespace tl::sema {

/// The **Extents** paragraph of the language: plain variables join axes, affine uses and recurrence axes do
/// not. Works on finished equations; leaves `program.classes` with one entry per class, every axis and
/// variable pointing at its own.
class AxisClasses {
public:
  AxisClasses(TypedProgram &program, source::DiagnosticEngine &diagnostics);
  void join();

private:
  struct Uses;

  ClassId root(ClassId axisClass);
  /// A variable at a place in the text: where two classes are joined.
  struct Place {
    std::string variable;
    SourceRange range;
  };

  void unite(ClassId lhs, ClassId rhs, const Place &place);
  void mergeDomains(AxisClass &into, const AxisClass &from, const Place &place);
  static Place placeOf(const Equation &equation, VariableId variable, SourceRange range);
  void noteInteger(ClassId axisClass, SourceRange range);
  void noteSymbol(ClassId axisClass, SourceRange range);
  bool isDeclaredExtent(TensorId tensor, std::size_t axis) const;

  void markLeftForms();
  void markSelfReads(Equation &equation);
  void joinEquation(Equation &equation);
  void collectUses(Equation &equation, Uses &uses);
  void joinRead(const Expr &expr, const Equation &equation, Uses &uses);
  void joinMatrix(const Expr &expr, const Equation &equation);
  void joinLeft(Equation &equation, const Uses &uses);
  void joinNames(const Equation &equation);
  void joinBinding(const Guard &guard, const Equation &equation);
  void joinComparison(const Expr &expr, const Equation &equation);
  void notePosition(ClassId axisClass, const IndexExpr &index, bool isDense);
  void noteNumbers(const Expr &expr, const Equation &equation);
  void joinQuery(const Query &query);
  std::string variableAt(ClassId id, SourceRange range);
  void reportKinds();
  void renumber();
  void placeSymbols(Equation &equation);
  ClassId variableClass(const Equation &equation, VariableId variable) const;

  TypedProgram &program;
  source::DiagnosticEngine &diagnostics;
  std::vector<std::uint32_t> components;
  std::vector<bool> isCyclic; ///< per component
  std::vector<ClassId> parents;
  std::vector<std::vector<ClassId>> variables; ///< per equation and variable: its class while joining
  /// First places where a class is used as integers (by dense data or arithmetic; by relation cells) and as
  /// symbols.
  struct KindPlaces {
    std::optional<SourceRange> integer, cell, symbol;
    std::optional<Place> meeting; ///< the join that brought integers and symbols together
  };
  std::vector<KindPlaces> kinds;
};

} // namespace tl::sema
