// Handing bindings from literal to literal through one body.
#pragma once

#include "frontend/sema/DemandRules.h"

namespace tl::sema {

/// Walks the guards of one equation, starting from what is known, and replaces the literals that have a bound
/// position by restricted relations; what each is asked becomes a rule of its demand relation.
class BodyPass {
public:
  /// Takes the guards out of `equation`, whose variables new rules share.
  BodyPass(DemandBuilder &builder, Equation &equation);

  /// Begins with `indices` being a row of `tensor`.
  void start(TensorId tensor, std::vector<IndexExpr> indices);
  /// Orders the guards and restricts the relations they read.
  void run();
  /// Restricts what a literal outside the guards reads, with the bindings that the guards gave.
  void restrict(Expr &literal);
  /// Restricts a relation read anywhere by its constants alone.
  void restrictByConstants(Expr &read);
  /// Gives the guards back, in the order in which bindings pass.
  void finish();

private:
  void bindVariable(VariableId variable) { known.insert(variable); }
  void bindPlain(const Expr &literal);
  bool isKnown(const IndexExpr &index) const;
  Adornment boundBy(const Expr &literal) const;
  void takeReady();
  std::optional<std::size_t> next() const;
  void restrictRest();
  bool keepInside(const RestrictedRelation &callee, const std::vector<IndexExpr> &call,
                  std::vector<Guard> &guards) const;
  void shortenPrefix(const Expr &literal);
  Guard takeWaiting(std::size_t position);

  DemandBuilder &builder;
  Equation &equation;
  std::vector<Guard> prefix, rest;
  std::set<VariableId> known;
  bool isStarted = false;
};

} // namespace tl::sema
